/** What the system's codes mean to whoever has to mend it. */
const meanings: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder, expected a file",
  EACCES: "there is no permission for it",
  EPERM: "there is no permission for it",
  ELOOP: "it is a link to itself",
  ENAMETOOLONG: "its name is too long",
  EEXIST: "it is there already",
  EROFS: "the file system can only be read",
  ENOSPC: "no space is left there",
  EDQUOT: "no space is left there",
  EMFILE: "too many files are open",
  EADDRINUSE: "something else listens there",
  EADDRNOTAVAIL: "this host has no such address",
};

/** Why the system did not do something, in words that can stand behind a colon; what it has no words for, as it was thrown. */
export function systemWords(thrown: unknown): string {
  const { code, message } = thrown as { readonly code?: unknown; readonly message?: unknown };
  return (typeof code === "string" ? meanings[code] : undefined) ?? String(message ?? thrown);
}
