/** When Proxmox starts a container at the host's boot, and how long it lets it shut down. null: unset. */
export interface Startup {
  /** Ascending; unset comes last. */
  readonly order: number | null;
  /** Seconds that are waited after its start. */
  readonly up_s: number | null;
  /** Seconds that it has to shut down. */
  readonly down_s: number | null;
}

/** The canonical text: "order=2,up=5,down=60". No waiting is the same as none that is set; "" when nothing is. */
export function startupText({ order, up_s, down_s }: Startup): string {
  const parts = [
    ["order", order],
    ["up", up_s === 0 ? null : up_s],
    ["down", down_s],
  ] as const;
  return parts.flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`])).join(",");
}

/** The reverse, of any text that Proxmox takes: the order may stand without its key, and the parts in any sequence. */
export function parseStartup(text: string): Startup {
  const parts = text.split(/[,;\s]+/).map((part) => part.trim());
  const number = (pattern: RegExp) => parts.flatMap((part) => pattern.exec(part)?.[1] ?? []).map(Number)[0] ?? null;
  return { order: number(/^(?:order=)?(\d+)$/), up_s: number(/^up=(\d+)$/), down_s: number(/^down=(\d+)$/) };
}
