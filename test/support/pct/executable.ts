import { buildSync } from "esbuild";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const root = join(import.meta.dirname, "../../..");
const cache = join(root, ".cache/pct");

/** The server and its runner, each as one file, in a folder named by their content: forty modules take three times as long to load. */
function bundle(): string {
  const entryPoints = ["server.ts", "runner.ts"].map((name) => join(import.meta.dirname, name));
  const { outputFiles } = buildSync({
    entryPoints,
    outdir: cache,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node26",
    format: "esm",
    write: false,
  });
  const hash = createHash("sha256");
  for (const { contents } of outputFiles) hash.update(contents);
  const folder = join(cache, hash.digest("hex").slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  for (const { path, contents } of outputFiles) writeFileSync(join(draft, basename(path)), contents);
  try {
    renameSync(draft, folder);
  } catch {
    rmSync(draft, { recursive: true }); // another process was faster
  }
  return folder;
}

interface Server {
  readonly socket: string;
  readonly end: () => void;
}

function startServer(): Server {
  const folder = mkdtempSync(join(tmpdir(), "phoenix-pct-"));
  const socket = join(folder, "socket");
  const env = { ...process.env, NODE_COMPILE_CACHE: cache };
  const child = spawn(join(root, "node_modules/.bin/node"), [join(bundle(), "server.mjs"), socket], {
    env,
    stdio: ["pipe", "ignore", "inherit"],
  });
  // It ends when its input does, so also when we are killed.
  child.unref();
  const end = (): void => {
    child.stdin.destroy();
    rmSync(folder, { recursive: true, force: true });
  };
  return { socket, end };
}

let shared: (Server & { users: number }) | null = null;

/** Where calls are served: the worlds of a test file share one, which ends when the last of them has no more use for it. */
export function useServer(): { readonly socket: string; readonly release: () => void } {
  const server = (shared ??= { ...startServer(), users: 0 });
  server.users += 1;
  const release = (): void => {
    server.users -= 1;
    if (server.users > 0) return;
    server.end();
    shared = null;
  };
  return { socket: server.socket, release };
}

/** The text of an executable `pct` or `pvesh` for one world: no shell, so that the caller's environment stays as it is. */
export function executable(name: string, world: string, server: string): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const values = [name, world, server].map(quoted).join(", ");
  return `#!/usr/bin/perl\nour ($program, $world, $server) = (${values});\nrequire ${quoted(join(import.meta.dirname, "front.pl"))};\n`;
}
