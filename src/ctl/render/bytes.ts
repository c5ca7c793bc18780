const units = ["KiB", "MiB", "GiB", "TiB"] as const;

/** "120 B", "3.4 MiB": three digits at most. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let size = bytes / 1024;
  for (const unit of units) {
    if (size < 999.5 || unit === "TiB") return `${size < 9.95 ? size.toFixed(1) : Math.round(size)} ${unit}`;
    size /= 1024;
  }
  return `${bytes} B`;
}
