/** Where a path leads when it, or the nearest folder above it, has another name. */
export function along(names: ReadonlyMap<string, string>, path: string): string {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    const other = names.get(path.slice(0, end));
    if (other !== undefined) return other + path.slice(end);
  }
  return path;
}
