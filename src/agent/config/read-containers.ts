import type { Ctid } from "../domain/container.ts";
import { containerConfig } from "./container-config.ts";
import { containerShape, ctids } from "./container-shape.ts";
import type { JsonSource } from "./json-source.ts";
import type { ContainerConfig, Problem } from "./manifest-types.ts";
import { jsonPath } from "./position.ts";
import { error, warning, type Finding } from "./rules/rule.ts";
import { rules } from "./rules/rules.ts";
import { having } from "./rules/several.ts";
import { fit, isObject, shown } from "./shape.ts";
import { straighten } from "./straighten.ts";
import { unknownKeys } from "./unknown-keys.ts";

/** The containers of a manifest whose shape is right, and everything that shape and rules have to say about all of them. */
export function readContainers(sections: Readonly<Record<string, unknown>>, source: JsonSource, defaultStartFrom: Ctid) {
  const keys = Object.keys(sections);
  const wrongKeys = keys.filter((key) => ctidOf(key) === null).map((key) => wrongKey(key, source));
  const read = keys.flatMap((key) => {
    const ctid = ctidOf(key);
    return ctid === null ? [] : [{ ctid, ...readContainer(ctid, sections[key], defaultStartFrom) }];
  });
  const configs: ReadonlyMap<Ctid, ContainerConfig> = new Map(
    read.flatMap(({ ctid, config }) => (config === null ? [] : [[ctid, config]])),
  );
  const all = { configs, listed: new Set(read.map(({ ctid }) => ctid)), having: having(configs) };
  const found = [
    ...read.map(({ ctid, findings }) => ({ ctid, findings })),
    ...[...configs.values()].map((config) => ({ ctid: config.ctid, findings: rules.flatMap((rule) => rule(config, all)) })),
  ];
  const problems = found.flatMap(({ ctid, findings }) => findings.map((finding) => problemOf(source, ctid, finding)));
  return { configs, problems: [...repetitions(source), ...wrongKeys, ...problems] };
}

/** The id that a key of lxc_configs is; null when it is none. */
function ctidOf(key: string): Ctid | null {
  const id = Number(key);
  return /^[1-9]\d*$/.test(key) && id >= ctids.min && id <= ctids.max ? id : null;
}

function wrongKey(key: string, source: JsonSource): Problem {
  const path = ["lxc_configs", key];
  const message = `expected the id of a container, a whole number from ${ctids.min} to ${ctids.max}, got ${shown(key)}`;
  return { severity: "error", ctid: null, path: jsonPath(path), ...source.atKey(path), message };
}

function readContainer(ctid: Ctid, raw: unknown, defaultStartFrom: Ctid): { config: ContainerConfig | null; findings: readonly Finding[] } {
  if (!isObject(raw)) return { config: null, findings: [error([], `expected an object, got ${shown(raw)}`)] };
  const { value, sloppy } = straighten(raw);
  const warnings = [...sloppy.map(({ path, message }) => warning(path, message)), ...unknownKeys(raw)];
  const fitting = fit(containerShape, value);
  if ("mismatches" in fitting)
    return { config: null, findings: [...warnings, ...fitting.mismatches.map(({ path, message }) => error(path, message))] };
  return { config: containerConfig(ctid, fitting.value, raw, defaultStartFrom), findings: warnings };
}

function problemOf(source: JsonSource, ctid: Ctid, { severity, path: inner, message }: Finding): Problem {
  const path = ["lxc_configs", String(ctid), ...inner];
  return { severity, ctid, path: jsonPath(path), ...source.at(path), message };
}

/** Keys that stand twice. It is an error where it hides containers; everywhere else the last one counts, with a warning. */
function repetitions(source: JsonSource): readonly Problem[] {
  return source.repeated.map(({ path, first, last }) => {
    const ctid = path[0] === "lxc_configs" && typeof path[1] === "string" ? ctidOf(path[1]) : null;
    const hides = path.length === 1 ? path[0] === "lxc_configs" : path.length === 2 && ctid !== null;
    const message = `it is there twice, in lines ${first.line} and ${last.line}; ${hides ? "expected it once" : "the last one counts"}`;
    return { severity: hides ? "error" : "warning", ctid, path: jsonPath(path), ...last, message };
  });
}
