/** What can lie at a path. */
export type Kind = "file" | "folder" | "link" | "other";

/** A difference between two states of a root file system. Paths begin with "/", bytes that are no UTF-8 stand as \xNN. */
export type Change = {
  readonly path: string;
  readonly kind: Kind;
} & (
  | { readonly is: "added"; readonly bytes: number }
  | { readonly is: "removed"; readonly bytes: number }
  // A folder that was moved has everything in it moved with it.
  | { readonly is: "moved"; readonly from: string; readonly before: number; readonly bytes: number; readonly detail: string }
  // Detail: what, where it is not the content alone: "mode 644 -> 755, owner 0:0 -> 33:33".
  | { readonly is: "changed"; readonly before: number; readonly bytes: number; readonly detail: string }
);
