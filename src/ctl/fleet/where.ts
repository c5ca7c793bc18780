/** What a host has of a container: it is there, only its manifest names it, it has none, or nobody knows, since it did not answer. */
export type Having = "there" | "listed" | "none" | "silent";

/** Where a container is, among several hosts. */
export type Where<P> =
  | { readonly kind: "on"; readonly places: readonly P[] }
  | { readonly kind: "several"; readonly places: readonly P[] }
  /** Only manifests name it, and the silent ones may well have it. */
  | { readonly kind: "unsure"; readonly places: readonly P[]; readonly silent: readonly P[] }
  | { readonly kind: "nowhere"; readonly silent: readonly P[] };

/**
 * Decides where a container is meant. One that exists counts for more than one that a manifest only names, so that hosts may share a
 * manifest. Where the hosts were chosen one by one, all that have it are meant; otherwise it must be one.
 */
export function whereIs<P>(havings: readonly (readonly [P, Having])[], kind: "chosen" | "one of"): Where<P> {
  const those = (wanted: Having) => havings.flatMap(([place, having]) => (having === wanted ? [place] : []));
  const there = those("there");
  const found = there.length > 0 ? there : those("listed");
  const silent = those("silent");
  if (found.length === 0) return { kind: "nowhere", silent };
  if (kind === "one of" && there.length === 0 && silent.length > 0) return { kind: "unsure", places: found, silent };
  return { kind: found.length === 1 || kind === "chosen" ? "on" : "several", places: found };
}
