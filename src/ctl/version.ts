declare const PHOENIX_VERSION: string | undefined;

/** The client's version; the build puts it in. */
export const clientVersion = typeof PHOENIX_VERSION === "string" ? PHOENIX_VERSION : "from sources";
