import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { complaint } from "../complaint.ts";
import { exit } from "../exit.ts";

/** What shows an agent who calls, and who answers; PEM, all of it. */
export interface Credentials {
  /** The certificates of the agent's CA. */
  readonly ca: string;
  /** The caller's certificate, with those between it and the CA. */
  readonly certificate: string;
  readonly key: string;
}

const files = { ca: "ca.pem", certificate: "certificate.pem", key: "key.pem" } as const;

/**
 * Writes credentials into a new folder of their own, for their owner alone, and gives its name, as an entry of the hosts refers to it.
 * Nothing that is there is touched: so a certificate is renewed by saving the new one, changing the entry, and then dropping the old one.
 */
export async function saveCredentials(folder: string, host: string, credentials: Credentials): Promise<string> {
  const name = join("credentials", `${host}-${randomBytes(4).toString("hex")}`);
  const place = join(folder, name);
  await mkdir(place, { recursive: true, mode: 0o700 });
  // The umask may have taken something away.
  await chmod(place, 0o700);
  for (const part of ["ca", "certificate", "key"] as const) {
    const handle = await open(join(place, files[part]), "wx", 0o600);
    await handle.writeFile(credentials[part]);
    await handle.sync();
    await handle.close();
  }
  return name;
}

/** Reads credentials by their name. Throws Complaint when one is missing, or the key can be read by others. */
export async function loadCredentials(folder: string, name: string): Promise<Credentials> {
  const place = join(folder, name);
  const key = join(place, files.key);
  const [ca, certificate, secret] = await Promise.all([read(join(place, files.ca)), read(join(place, files.certificate)), read(key)]);
  const { mode } = await stat(key);
  if ((mode & 0o077) !== 0) {
    throw complaint(exit.notAllowed, `${key} can be read by others than its owner; it is not used like that.`, [
      ["mend it", `chmod 600 ${key}`],
    ]);
  }
  return { ca, certificate, key: secret };
}

/** Takes credentials away; what is not there is no error. */
export async function dropCredentials(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { recursive: true, force: true });
}

/** Takes away what was saved for a host before, except for what is kept. */
export async function dropUnused(folder: string, host: string, kept: readonly string[]): Promise<void> {
  for (const each of await readdir(join(folder, "credentials"))) {
    const name = join("credentials", each);
    const isOurs = each.startsWith(`${host}-`) && /^[0-9a-f]{8}$/.test(each.slice(host.length + 1));
    if (isOurs && !kept.includes(name)) await dropCredentials(folder, name);
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    throw complaint(exit.failed, `${file} can't be read: ${(thrown as Error).message}.`, [
      ["join again", "phoenixctl host remove NAME, then phoenixctl host add NAME TOKEN"],
    ]);
  }
}
