declare const PHOENIX_VERSION: string | undefined;

/** The client's version, put in by the build; null when it runs from its sources. */
export const clientVersion = typeof PHOENIX_VERSION === "string" ? PHOENIX_VERSION : null;
