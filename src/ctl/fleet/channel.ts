import { Client, connectivityState, credentials, type ChannelOptions } from "@grpc/grpc-js";
import { loadCredentials } from "./credentials.ts";
import type { Place } from "./places.ts";
import { secureClient } from "./secure.ts";

const usual: ChannelOptions = {
  // An agent that is restarted is back in moments; the defaults would wait for minutes before they look again.
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1000,
  "grpc.max_receive_message_length": 64 << 20,
};

/** A connection that has died without a word is found out by asking, as nothing is heard for long while a script works. */
const acrossTheNetwork: ChannelOptions = { ...usual, "grpc.keepalive_time_ms": 30_000, "grpc.keepalive_timeout_ms": 10_000 };

/**
 * Gives a client within so many seconds. Nothing is sent yet; of several addresses, though, the one is taken that first lets itself be
 * connected to, or the first when none does in time.
 */
export type Opening = (timeout_s: number) => Promise<Client>;

/** Gets ready here what it takes to speak to the agent at a place. Throws Complaint when the credentials can't be read. */
export async function prepareClient(place: Place): Promise<Opening> {
  const { entry } = place;
  if (entry.kind === "socket") {
    const client = new Client(`unix:${entry.socket}`, credentials.createInsecure(), { ...usual, "grpc.default_authority": "localhost" });
    return () => Promise.resolve(client);
  }
  const secrets = await loadCredentials(place.kind === "known" ? place.folder : "", entry.credentials);
  // Each agent has an authority of its own, and that is what is trusted here: who shows its certificate is that agent, whatever its address.
  const clientAt = (address: string) => secureClient(address, secrets, acrossTheNetwork);
  const clients = entry.addresses.map(clientAt);
  const first = clients[0] ?? clientAt("");
  return async (timeout_s) => {
    const chosen = clients.length > 1 ? ((await firstConnected(clients, timeout_s)) ?? first) : first;
    for (const client of clients) if (client !== chosen) client.close();
    return chosen;
  };
}

/** The first client that is connected; null when all have failed, or the time is over. */
async function firstConnected(clients: readonly Client[], timeout_s: number): Promise<Client | null> {
  const deadline = Date.now() + timeout_s * 1000;
  const attempts = clients.map(async (client) => {
    await connected(client, deadline);
    return client;
  });
  return Promise.any(attempts).catch(() => null);
}

/** Resolves once the client is connected; rejects when an attempt has failed. */
function connected(client: Client, deadline: number): Promise<void> {
  const channel = client.getChannel();
  return new Promise((resolve, reject) => {
    const look = () => {
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) resolve();
      else if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) reject(new Error("no connection"));
      else channel.watchConnectivityState(state, deadline, (error) => (error ? reject(error) : look()));
    };
    look();
  });
}
