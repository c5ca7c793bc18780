import type { ImportGraph } from "./import-graph.ts";

/** A folder ends in "/"; anything else is a file, or a package with all of its modules. */
type Places = readonly string[];

/** What the files in some places may import, directly or through others. */
export interface Rule {
  name: string;
  from: Places;
  except?: Places;
  /** All that may be reached. */
  only?: Places;
  /** What may never be reached. */
  never?: Places;
  /** Forbidden places that may be reached after all. */
  but?: Places;
  /** What may be imported besides, as a type. */
  types?: Places;
  /** Only what the file itself imports, not what that leads to. */
  direct?: true;
}

const agent = "src/agent/";

/** The rules of ARCHITECTURE.md about who may know whom. */
export const rules: readonly Rule[] = [
  { name: "domain imports nothing", from: [`${agent}domain/`], only: [`${agent}domain/`] },
  {
    name: "plan knows the domain, and the configuration as types",
    from: [`${agent}plan/`],
    only: [`${agent}plan/`, `${agent}domain/`],
    types: [`${agent}config/`],
  },
  {
    name: "run knows drivers and journal as interfaces",
    from: [`${agent}run/`],
    never: [`${agent}driver/`, `${agent}store/`],
    but: [`${agent}driver/driver.ts`],
  },
  { name: "trust knows the domain", from: [`${agent}trust/`], never: ["src/"], but: [`${agent}trust/`, `${agent}domain/`] },
  {
    name: "doctor looks at drivers and memory as interfaces",
    from: [`${agent}doctor/`],
    never: [`${agent}driver/`, `${agent}store/`, `${agent}api/`],
    but: [`${agent}driver/driver.ts`],
  },
  { name: "driver knows neither store nor run", from: [`${agent}driver/`], never: [`${agent}store/`, `${agent}run/`] },
  { name: "store knows neither driver nor run", from: [`${agent}store/`], never: [`${agent}driver/`, `${agent}run/`] },
  {
    name: "metrics knows the driver by its calls, and no store",
    from: [`${agent}metrics/`],
    never: [`${agent}driver/`, `${agent}store/`, `${agent}api/`],
    but: [`${agent}driver/driver.ts`, `${agent}driver/watched.ts`],
  },
  {
    name: "notify knows neither driver nor store",
    from: [`${agent}notify/`],
    never: [`${agent}driver/`, `${agent}store/`, `${agent}api/`],
  },
  {
    name: "monitor knows neither driver nor store",
    from: [`${agent}monitor/`],
    never: [`${agent}driver/`, `${agent}store/`],
    types: [`${agent}driver/watched.ts`],
  },
  {
    name: "nothing imports api or agent.ts",
    from: ["src/"],
    except: [`${agent}api/`, `${agent}agent.ts`, `${agent}command-line.ts`, `${agent}main.ts`],
    never: [`${agent}api/`, `${agent}agent.ts`],
  },
  { name: "api does not import the parts that wire it", from: [`${agent}api/`], never: [`${agent}agent.ts`, `${agent}main.ts`] },
  { name: "the client never reaches the agent", from: ["src/ctl/"], never: [agent] },
  {
    name: "one file spawns processes",
    from: ["src/"],
    except: [`${agent}driver/process.ts`],
    never: ["node:child_process", "node:cluster", "execa"],
    direct: true,
  },
  {
    name: "render is pure",
    from: ["src/ctl/render/"],
    never: ["node:fs", "node:net", "node:http", "node:http2", "node:tls", "node:child_process", "@grpc/grpc-js", "@grpc/proto-loader"],
  },
];

/** Each forbidden import, as the chain that leads to it. */
export function violations(rule: Rule, graph: ImportGraph): string[] {
  const starts = [...graph.keys()].filter((file) => isIn(file, rule.from) && !isIn(file, rule.except));
  return starts.flatMap((start) => [...forbiddenTypes(rule, graph, start), ...forbiddenValues(rule, graph, start)]);
}

/** The shortest chain to each forbidden place; what lies behind one is not asked any more. */
function forbiddenValues(rule: Rule, graph: ImportGraph, start: string): string[] {
  const found: string[] = [];
  const seen = new Set([start]);
  const chains = [[start]];
  for (const chain of chains) {
    for (const target of graph.get(chain.at(-1) ?? "")?.values ?? []) {
      if (seen.has(target)) continue;
      seen.add(target);
      const longer = [...chain, target];
      if (isForbidden(rule, target)) found.push(longer.join(" -> "));
      else if (!rule.direct) chains.push(longer);
    }
  }
  return found;
}

function forbiddenTypes(rule: Rule, graph: ImportGraph, start: string): string[] {
  const targets = graph.get(start)?.types ?? [];
  return targets.filter((target) => isForbidden(rule, target) && !isIn(target, rule.types)).map((target) => `${start} -> ${target} (type)`);
}

function isForbidden(rule: Rule, target: string): boolean {
  const forbidden = rule.only ? !isIn(target, rule.only) : isIn(target, rule.never);
  return forbidden && !isIn(target, rule.but);
}

function isIn(path: string, places: Places = []): boolean {
  return places.some((place) => path === place || path.startsWith(place.endsWith("/") ? place : `${place}/`));
}
