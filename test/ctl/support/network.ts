// Hosts across the network, all in this process: TLS, certificates and the simulated platforms are real, each has an address of its own.
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usualLimits } from "../../../src/agent/api/limits.ts";
import { startServer } from "../../../src/agent/api/server.ts";
import { silent } from "../../../src/agent/domain/log.ts";
import { newContainer } from "../../../src/agent/driver/sim/model.ts";
import { simDriver } from "../../../src/agent/driver/sim/sim.ts";
import { saveCredentials } from "../../../src/ctl/fleet/credentials.ts";
import { hostsText } from "../../../src/ctl/fleet/hosts-shape.ts";
import { noHosts, type HostEntry } from "../../../src/ctl/fleet/hosts.ts";
import { fakeParts } from "../../api/support/serve.ts";
import { world } from "../../api/support/world.ts";
import { openHost, sha256 } from "../../trust/support/host.ts";
import { phoenixctl, type Options, type Result } from "./in-process.ts";

/** What is at a host's address: an agent with containers, one that has revoked the client, someone who never says a word, nobody. */
export type Home =
  | { readonly kind: "agent"; readonly ctids: readonly number[] }
  | { readonly kind: "revoked" }
  | { readonly kind: "hung" }
  | { readonly kind: "gone" };

/** A client that has joined all of these hosts. */
export interface Network {
  /** The folder of the client's configuration: hosts.json, and the credentials beside it. */
  readonly config: string;
  readonly ctl: (args: readonly string[], options?: Options) => Promise<Result>;
  readonly close: () => Promise<void>;
}

/** Opens hosts. They share one authority and its members, which the test must end with closeHosts: keys for each would take long. */
export async function openNetwork(homes: Readonly<Record<string, Home>>): Promise<Network> {
  const folder = mkdtempSync(join(tmpdir(), "phoenixctl-network-"));
  const closing: (() => Promise<unknown>)[] = [() => Promise.resolve(rmSync(folder, { recursive: true, force: true }))];
  const close = async () => {
    for (const each of closing.splice(0).toReversed()) await each();
  };
  try {
    const config = join(folder, "ctl");
    mkdirSync(config, { mode: 0o700 });
    const first = await openHost();
    const [authority] = first.keyring.standing().trusted;
    if (authority === undefined) throw new Error("there is no authority");
    const credentialsOf = async (name: string) =>
      saveCredentials(config, name, { ca: authority.certificate.toString("pem"), ...(await first.join("reader", name)) });
    const [ana, ben] = [await credentialsOf("ana"), await credentialsOf("ben")];
    await first.local.call("trust/RevokeTrust", { subject: "ben" });
    const pin = `sha256:${sha256(new Uint8Array(authority.certificate.rawData))}`;
    const mute = await openMute();
    closing.push(mute.close);

    const hosts: Record<string, HostEntry> = {};
    for (const [index, [name, home]] of Object.entries(homes).entries()) {
      const own = `127.77.${index >> 8}.${index & 255}:${mute.port}`;
      const address = home.kind === "hung" ? `127.0.0.1:${mute.port}` : own;
      hosts[name] = { kind: "tls", addresses: [address], ca_pins: [pin], credentials: home.kind === "revoked" ? ben : ana };
      if (home.kind !== "agent" && home.kind !== "revoked") continue;
      const driver = simDriver();
      for (const ctid of home.kind === "agent" ? home.ctids : []) settle(driver, ctid);
      const parts = fakeParts({ driver, host: { world: async () => ({ ...world(), inventory: await driver.observe() }) } }, silent);
      const { clock, keyring, members } = first;
      const server = await startServer(join(folder, `${name}.sock`), {
        ...parts,
        clock,
        network: { listen: own, keyring, members, limits: usualLimits },
      });
      closing.push(() => server.close(0));
    }
    writeFileSync(join(config, "hosts.json"), hostsText({ ...noHosts, hosts }), { mode: 0o600 });
    const env = { PHOENIX_CONFIG_DIR: config, PHOENIX_CACHE_DIR: join(folder, "cache") };
    return { config, ctl: (args, options = {}) => phoenixctl(args, { ...options, env: { ...env, ...options.env } }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Has a container run, as if it had been there for long. */
function settle(driver: ReturnType<typeof simDriver>, ctid: number): void {
  const made = newContainer({ ctid, name: `c${ctid}`, pool: "local", unprivileged: true, run: "", settings: { hostname: `c${ctid}` } });
  driver.model().containers[ctid] = { ...made, state: "running" };
}

/** Somebody who takes every connection and never says a word. */
async function openMute(): Promise<{ readonly port: number; readonly close: () => Promise<unknown> }> {
  const taken = new Set<Socket>();
  const server = createServer((socket) => {
    taken.add(socket);
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of taken) socket.destroy();
      return closed;
    },
  };
}
