/** The version in package.json, put in by the build; there is no such variable when running from sources. */
declare const PHOENIX_VERSION: string | undefined;
