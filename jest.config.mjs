// The few dependencies that have no CommonJS build; jest runs CommonJS, so they go through the transformer like our own sources.
const esmOnly = [];

/** @type {import("jest").Config} */
export default {
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  transform: { "\\.(ts|mjs|js)$": "<rootDir>/test/support/jest-transform.ts" },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join("|")})/)`],
  moduleFileExtensions: ["ts", "js", "mjs", "cjs", "json", "node"],
  testEnvironment: "node",
  cacheDirectory: "<rootDir>/.cache/jest",
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/.cache/"],
  watchman: false,
  testSequencer: "<rootDir>/test/support/sequencer.ts",
  // One more than the cores that CI has: much of the time a test waits, for a container or for somebody who was killed.
  maxWorkers: 3,
  testTimeout: 300_000,
  restoreMocks: true,
  showSeed: true,
};
