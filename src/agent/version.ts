/** The agent's version, put in by the build. */
export const version = typeof PHOENIX_VERSION === "string" ? PHOENIX_VERSION : "0.0.0-sources";
