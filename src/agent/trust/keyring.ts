import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { SecureContextOptions } from "node:tls";
import type { Clock } from "../domain/clock.ts";
import { Fault } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import { systemWords } from "../domain/system-words.ts";
import { authorityText, makeAuthority, readAuthority, signServer, type Authority, type Issued } from "./authority.ts";
import { lifetimes, standingOf, type Standing } from "./times.ts";

/** The authorities of the agent and its own certificate. */
export interface Keyring {
  readonly standing: () => Standing<Authority>;
  /** What a TLS server needs now. */
  readonly tls: () => SecureContextOptions;
  /** When the agent's own certificate ends, in milliseconds since 1970; it is renewed long before. */
  readonly serverUntil: () => number;
  /**
   * Makes a new authority. With distrust the old ones are deleted instead of being trusted for a while; without, Fault ROTATING while one
   * is still trusted that has a successor: each of them would be one more that can let somebody in.
   */
  readonly rotate: (old: "trust" | "distrust") => Promise<void>;
  /** Renews what is about to end and deletes what nobody needs; to be called now and then. */
  readonly tend: () => Promise<void>;
  /** Is called each time that what `tls` gives has changed. */
  readonly onChange: (listener: () => void) => void;
}

/** What a keyring is made of. */
export interface KeyringParts {
  /** Holds a file for each authority, 0600; is made, 0700. */
  readonly folder: string;
  readonly hostname: string;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

const fileName = /^authority-\d+\.pem$/;

/** Reads the authorities, or makes the first one. Throws Fault STORE when a file can't be read or written. */
export async function openKeyring({ folder, hostname, clock, log }: KeyringParts): Promise<Keyring> {
  makeFolder(folder);
  let authorities = await readAll(folder);
  let server: { readonly issued: Issued; readonly key: string; readonly by: Authority } | null = null;
  const listeners: (() => void)[] = [];

  async function add(): Promise<Authority> {
    // Two of them must not begin in the same millisecond: their order tells which is the newer one.
    const newest = Math.max(0, ...authorities.map(({ since }) => since));
    const made = await makeAuthority(hostname, Math.max(clock.now(), Math.floor(newest / 1000) * 1000 + 1000));
    write(join(folder, `authority-${made.since}.pem`), await authorityText(made));
    authorities = [...authorities, made];
    log.info({ fingerprint: made.fingerprint }, "made a certificate authority");
    return made;
  }

  function drop(gone: readonly Authority[]): void {
    for (const { since, fingerprint } of gone) {
      rmSync(join(folder, `authority-${since}.pem`), { force: true });
      log.info({ fingerprint }, "deleted a certificate authority");
    }
    authorities = authorities.filter((each) => !gone.includes(each));
  }

  const standing = () => standingOf(nonEmpty(authorities), clock.now());

  /** Throws Fault ROTATING while workstations may know none but an authority that has a successor already. */
  function demandRotated(): void {
    const [, last] = standing().trusted;
    if (last === undefined) return;
    const day = new Date(last.retires).toISOString().slice(0, 10);
    throw new Fault(
      "ROTATING",
      `the authority before this one is trusted until ${day}, and by then every workstation knows this one`,
      "rotate again after that; if somebody else may have a key: phoenixctl trust rotate --distrust, and everybody joins again",
    );
  }

  async function renewServer(): Promise<void> {
    const by = standing().server;
    server = { ...(await signServer(by, [hostname, "localhost"], clock.now(), lifetimes.server)), by };
    for (const listener of listeners) listener();
  }

  /** One after the other: what one has begun, the next one finds done. */
  let last: Promise<unknown> = Promise.resolve();
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  async function tend(): Promise<void> {
    if (authorities.length === 0 || standing().aging) await add();
    drop(standing().retired);
    const halfway = server === null ? 0 : server.issued.until - lifetimes.server / 2;
    if (server?.by.fingerprint !== standing().server.fingerprint || clock.now() >= halfway) await renewServer();
  }

  await inTurn(tend);
  const current = () => {
    if (server === null) throw new Error("there is no server certificate");
    return server;
  };
  return {
    standing,
    tls: () => ({
      key: current().key,
      cert: `${current().issued.pem}\n${current().by.certificate.toString("pem")}`,
      ca: standing().trusted.map(({ certificate }) => certificate.toString("pem")),
    }),
    serverUntil: () => current().issued.until,
    rotate: (old) =>
      inTurn(async () => {
        const before = authorities;
        if (old === "trust") demandRotated();
        await add();
        if (old === "distrust") drop(before);
        await renewServer();
      }),
    tend: () => inTurn(tend),
    onChange: (listener) => void listeners.push(listener),
  };
}

function nonEmpty<T>(list: readonly T[]): readonly [T, ...T[]] {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error("there is no authority");
  return [first, ...rest];
}

async function readAll(folder: string): Promise<readonly Authority[]> {
  const found: Authority[] = [];
  for (const name of readdirSync(folder).filter((each) => fileName.test(each))) {
    const file = join(folder, name);
    try {
      found.push(await readAuthority(readFileSync(file, "utf8")));
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      throw new Fault(
        "STORE",
        `${file} can't be read: ${why}`,
        "Put the file back from a backup; or move it away, and every workstation has to join again.",
      );
    }
  }
  return found;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true });
  } catch (thrown) {
    throw new Fault("STORE", `${folder} can't be made: ${systemWords(thrown)}`, "Give the agent's user the right to write there.");
  }
}

/** Writes a file that nobody else can read; it is there whole, or not at all. */
function write(file: string, text: string): void {
  const partial = `${file}.new`;
  try {
    const handle = openSync(partial, "w", 0o600);
    try {
      writeSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(partial, file);
  } catch (thrown) {
    throw new Fault("STORE", `${file} can't be written: ${systemWords(thrown)}`, "Make room there, or give the agent's user the right.");
  }
}
