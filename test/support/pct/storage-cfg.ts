/** The text of /etc/pve/storage.cfg with a storage of each kind, at these folders. */
export function storageCfg(folders: {
  readonly btr: string;
  readonly plaindir: string;
  readonly zp: string;
  readonly local: string;
}): string {
  const entry = (head: string, options: Readonly<Record<string, string>>): string =>
    [head, ...Object.entries(options).map(([key, value]) => `\t${key} ${value}`), ""].join("\n");
  return [
    entry("dir: local", { path: folders.local, content: "iso,vztmpl,backup,snippets,rootdir,images" }),
    entry("btrfs: btr", { path: folders.btr, content: "rootdir,images" }),
    entry("dir: plaindir", { path: folders.plaindir, content: "rootdir,images" }),
    entry("zfspool: zp", { pool: "tank", content: "rootdir,images", mountpoint: folders.zp, sparse: "1" }),
  ].join("\n");
}
