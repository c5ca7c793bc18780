/** A property string of Proxmox: "VALUE,key=value,…", where the first value may stand without its key. */
export interface Property {
  /** What stands first without a key; "" when everything has one. */
  readonly first: string;
  /** In their order. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Takes "btr:101/vm-101-disk-1.raw,mp=/data,size=1G"; `naming` is the key that the first value may also stand under. */
export function parseProperty(text: string, naming: string): Property {
  const parts = text.split(",").map((part) => part.trim());
  const bare = parts.find((part) => part !== "" && !part.includes("="));
  const pairs = parts
    .filter((part) => part.includes("="))
    .map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)] as const);
  const fields = new Map(pairs);
  const first = bare ?? fields.get(naming) ?? "";
  fields.delete(naming);
  return { first, fields };
}

/** The reverse of parseProperty. */
export function propertyText({ first, fields }: Property): string {
  return [...(first === "" ? [] : [first]), ...[...fields].map(([key, value]) => `${key}=${value}`)].join(",");
}

/** Whether a setting is on, in any of the words that Proxmox takes. */
export function isOn(value: string | undefined): boolean {
  return /^(?:1|on|yes|true)$/i.test(value ?? "");
}

const units: Readonly<Record<string, number>> = { "": 1 / 1024 ** 3, K: 1 / 1024 ** 2, M: 1 / 1024, G: 1, T: 1024 };

/** A size as Proxmox writes it ("8G", "512M", "0T") in GiB; null when it is none. */
export function sizeGb(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  const unit = units[match?.[2] ?? ""];
  return match === null || unit === undefined ? null : Number(match[1]) * unit;
}
