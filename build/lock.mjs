// `npm run lock`, after every change of the dependencies in package.json.
// npm leaves packages for foreign platforms out of a lock file that it writes beside an existing node_modules, or with a registry that
// tells it nothing about them, and `npm ci` then refuses that file. So they are added here, as the optional packages that they are.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

execFileSync("npm", ["install", "--no-audit", "--no-fund"], { stdio: "inherit" });

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const missing = Object.entries(lock.packages).flatMap(([owner, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${owner}/node_modules/${name}`])
    .map(([name, version]) => [`node_modules/${name}`, { version, dev: entry.dev, optional: true }]),
);
for (const [, entry] of missing) {
  // The owners pin their platform packages exactly; a range here would need the registry to resolve it.
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(entry.version)) throw new Error(`not an exact version: ${JSON.stringify(entry)}`);
}
lock.packages = Object.fromEntries([...Object.entries(lock.packages), ...missing].sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${missing.length} packages for other platforms added`);
