import { missingFiles } from "./missing-files.ts";
import type { LoadedManifest } from "./manifest.ts";
import type { Problem, ScriptFiles } from "./manifest-types.ts";
import type { Scripts } from "./scripts.ts";
import type { AgentSettings } from "./settings.ts";
import { hasControl } from "./shape.ts";

/** What `phoenix-agent check` says, and whether it should end well: it does unless there are errors. */
export interface CheckReport {
  /** A line for each problem, in the order of the file, and a last one with the counts. */
  readonly lines: readonly string[];
  readonly errors: number;
  readonly warnings: number;
  /** The same for programs, snake_case and JSON. */
  readonly record: {
    readonly driver: string;
    readonly usable_containers: number;
    readonly broken_containers: number;
    readonly errors: number;
    readonly warnings: number;
    readonly problems: readonly ProblemRecord[];
  };
}

/** A problem: in a file, at a place of it where it has one, or on the host. */
type ProblemRecord =
  | { readonly severity: Problem["severity"]; readonly message: string; readonly file: string; readonly at: Place | null }
  | { readonly severity: Problem["severity"]; readonly message: string; readonly subject: string };

/** Lines and columns from 1 on; a JSON path. */
interface Place {
  readonly line: number;
  readonly column: number;
  readonly path: string;
}

/** Something that is wrong on the host, and not in a file; the subject is a word, for example "storage". */
export type HostRemark = Pick<Problem, "severity" | "message"> & { readonly subject: string };

/** Everything that can be said of the configuration, and what was found `onHost`. Pure. */
export function checkReport(
  settings: AgentSettings,
  manifest: LoadedManifest,
  scripts: ReturnType<Scripts["read"]>,
  onHost: readonly HostRemark[] = [],
): CheckReport {
  const ordered = problemsIn(manifest, scripts.files, scripts.problems);
  const problems = [...ordered, ...scripts.problems, ...onHost];
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const usable = `${count(manifest.containers.size, "container")} can be used${manifest.broken.size === 0 ? "" : `, ${manifest.broken.size} can't`}`;
  const last = `driver ${settings.driver}: ${usable}; ${count(errors, "error")}, ${count(warnings, "warning")}`;
  const inManifest = ({ severity, message, path, line, column }: Problem): ProblemRecord => {
    return { severity, message, file: manifest.file, at: line === 0 ? null : { line, column, path } };
  };
  return {
    record: {
      driver: settings.driver,
      usable_containers: manifest.containers.size,
      broken_containers: manifest.broken.size,
      errors,
      warnings,
      problems: [
        ...ordered.map(inManifest),
        ...scripts.problems.map(({ severity, message, path }) => ({ severity, message, file: path, at: null })),
        ...onHost.map(({ severity, message, subject }) => ({ severity, message, subject })),
      ],
    },
    lines: [
      ...ordered.map((problem) => lineOf(problem, manifest.file)),
      ...scripts.problems.map((problem) => lineOf(problem, null)),
      ...onHost.map(({ subject, severity, message }) => `${subject}: ${severity}: ${message}`),
      last,
    ],
    errors,
    warnings,
  };
}

/** Everything that is to be said about a manifest and the files that it names, in the order of its text. Pure. */
export function problemsIn(manifest: LoadedManifest, files: ScriptFiles, folderProblems: readonly Problem[]): readonly Problem[] {
  const all = [...manifest.problems, ...missingFiles(manifest, files, folderProblems)];
  return all.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** "configs.json:12:5 error $.lxc_configs["950"].cores: expected …"; a problem with a file of its own has no place in one. */
function lineOf({ severity, path, line, column, message }: Problem, file: string | null): string {
  const where = hasControl(path) ? JSON.stringify(path) : path;
  if (file === null) return `${where}: ${severity}: ${message}`;
  return `${file}${line === 0 ? "" : `:${line}:${column}`}: ${severity}: ${where === "$" ? "" : `${where}: `}${message}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
