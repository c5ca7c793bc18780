import { entriesOf, parseConf, printConf, withLine, without, type Entry } from "./conf.ts";
import { rawBinds } from "./mounts.ts";
import { parseProperty, propertyText } from "./property.ts";

/** Whether the host starts it, and in which place; and whether it may be destroyed again. */
const membership: ReadonlySet<string> = new Set(["onboot", "startup", "protection"]);

/** N.conf of a clone without what pct clone has copied of its source's own: boot membership, static addresses, folders of the host. */
export function withoutShared(text: string): string {
  const conf = parseConf(text);
  const changed = entriesOf(conf.main).flatMap((entry) => {
    const own = ownNetwork(entry);
    return own === null || own === entry.value ? [] : [{ key: entry.key, value: own }];
  });
  const keys = new Set(changed.map(({ key }) => key));
  const bare = without(conf, (entry) => membership.has(entry.key) || keys.has(entry.key) || isBind(entry));
  return printConf(changed.reduce((edited, { key, value }) => withLine(edited, `${key}: ${value}`), bare));
}

function isBind({ key, value }: Entry): boolean {
  return rawBinds([`${key}: ${value}`]).length > 0;
}

/** A network interface that asks for its address; null for what is none. Its hardware address is new already. */
function ownNetwork({ key, value }: Entry): string | null {
  if (!/^net\d+$/.test(key)) return null;
  const { first, fields } = parseProperty(value, "");
  const isStatic = (version: string) => (fields.get(version) ?? "").includes("/");
  const own = [...fields].flatMap(([name, text]): (readonly [string, string])[] => {
    if (name === "ip" && isStatic("ip")) return [["ip", "dhcp"]];
    const gone = (name === "gw" && isStatic("ip")) || ((name === "ip6" || name === "gw6") && isStatic("ip6"));
    return gone ? [] : [[name, text]];
  });
  return propertyText({ first, fields: new Map(own) });
}
