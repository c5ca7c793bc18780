/** The Debian packages that a task needs; debian.mjs runs on any Node, so it has no types of its own. */
export const containerPackages: Readonly<Record<string, string>>;
/** The packages that this machine lacks. */
export function missing(packages: Readonly<Record<string, string>>): readonly string[];
/** Installs packages with apt. Answers why it could not, or undefined. */
export function installDebianPackages(names: readonly string[], reason: string): string | undefined;
