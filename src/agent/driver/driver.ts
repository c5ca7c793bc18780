import type { Ctid, Inventory, Moment, SettingKey, Settings } from "../domain/container.ts";
import type { Change } from "../domain/change.ts";
import type { Action } from "../domain/step.ts";

type Of<D extends Action["do"]> = Extract<Action, { do: D }>;

/** What goes with every call that changes something. */
export interface Call {
  /** The run that it is for; written into what the driver makes, so that the platform can be asked who made it. */
  readonly run: string;
  /** Aborted on cancel and on time-out. The driver then ends what it began, inside the container too, and throws. */
  readonly signal: AbortSignal;
  /** Tells the owner something: a few words, one line. */
  readonly note: (text: string) => void;
}

/** Where a process's output goes. Chunks come as the process writes them; the driver waits for the promise (back-pressure). */
export interface Output {
  readonly stdout: (chunk: Uint8Array) => Promise<void> | void;
  readonly stderr: (chunk: Uint8Array) => Promise<void> | void;
}

export interface Command {
  /** Nothing goes through a shell. */
  readonly argv: readonly string[];
  /**
   * All of its environment but HOME, LANG, PATH and TERM, which the driver sets, and PHOENIX_RUN_ID and PHOENIX_EXEC, by which
   * the driver finds the processes of a run and of a command again.
   */
  readonly env: Readonly<Record<string, string>>;
  /** Its standard input; "none" is /dev/null. */
  readonly stdin: AsyncIterable<Uint8Array> | "none";
  readonly output: Output;
}

/** A script, and the files that it finds beside itself. */
export interface Script {
  /** Absolute, mode 0700, owned by root. */
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly content: Uint8Array; readonly mode: number }[];
  /** The name of the file that is run. */
  readonly main: string;
}

/** What a driver can do, so that the plan can take account of it. */
export interface Capabilities {
  /** True when a snapshot can take the place of one of the same name in one step that cannot be seen half done. */
  readonly atomic_replace: boolean;
  /** The settings that take effect without a restart of the container. */
  readonly live_settings: readonly SettingKey[];
  /** True when volumes and mounts can be attached while the container runs. */
  readonly live_attach: boolean;
}

/**
 * A container platform. What holds for all of them, and is tested for all of them (test/driver/contract.ts):
 * - A call that resolves has done it: the state has been looked at, an exit code of a tool alone is never believed.
 * - A call that is repeated after it was done, or after it was cut off at any point, does what is left to do. Doing it
 *   twice is the same as once, except for `exec`, `runInside` and `runOnHost`.
 * - What goes wrong is thrown as a Fault (domain/errors.ts) with a reason and a remedy; what the platform said is part of its message.
 * - A container that is not there: CONTAINER_MISSING. One that is locked by the platform: LOCKED. Both before anything is changed.
 * - `signal` aborted: the work is ended, its processes too, and the call throws Fault CANCELLED (or the signal's reason if that is a Fault).
 * - One call at a time for each container, but for `exec`, which may overlap with anything; calls for different containers may overlap.
 */
export interface Driver {
  readonly platform: "proxmox" | "lxc" | "sim";
  readonly capabilities: Capabilities;

  /**
   * Everything on the host. Cheap, changes nothing, spawns nothing. Fault BACKEND_FAILED when the platform's own folder is not
   * there: were a file system that is not mounted taken for an empty host, everything would be made anew.
   */
  observe(): Promise<Inventory>;

  /**
   * Makes a container, stopped, from a template or as a clone. Done already: one that this run made is left as it is;
   * CONTAINER_EXISTS for any other. A clone has its source's settings but those that are given, and nothing by which they could get
   * in each other's way: another hardware address, no static one, no start at boot, no volumes and mounts.
   */
  create(ctid: Ctid, action: Of<"create">, call: Call): Promise<void>;

  /** Takes a container away that this run has made, running or not. One that is not there, or that anybody else has made: done already. */
  destroy(ctid: Ctid, call: Call): Promise<void>;

  /** Sets what differs from `settings`, and gives the names of what it has set. Keys that are missing in `settings` are left alone. */
  configure(ctid: Ctid, settings: Settings, call: Call): Promise<readonly SettingKey[]>;

  /** Attaches what is not attached yet, making data volumes that do not exist, and gives the container paths that it attached. Never detaches. */
  attach(ctid: Ctid, action: Of<"attach">, call: Call): Promise<readonly string[]>;

  /** Starts it; running already is done. Resolves when init runs, not when the container is ready. */
  start(ctid: Ctid, call: Call): Promise<void>;

  /** Stops it; stopped already is done. Graceful: asks init, and throws TIMEOUT after `timeout_s`, leaving it running or stopping. */
  stop(ctid: Ctid, how: { readonly how: "graceful"; readonly timeout_s: number } | { readonly how: "kill" }, call: Call): Promise<void>;

  /**
   * Snapshots the root file system, and volumes with in_snapshots; of a running container too, which goes on running. The
   * description is stored with `call.run` (markDescription). A snapshot of that name and run: done already. One of that
   * name and another run: SNAPSHOT_EXISTS, or with replace "atomic" it is replaced, never a moment without one.
   */
  snapshot(ctid: Ctid, action: Of<"snapshot">, call: Call): Promise<void>;

  /**
   * Brings the root file system back to a snapshot. A running container is killed first; afterwards it is stopped. What is
   * in volumes and bind mounts is not touched, but they may have to be attached again, and the settings applied again.
   */
  restore(ctid: Ctid, name: string, call: Call): Promise<void>;

  /** Deletes a snapshot; one that does not exist is deleted already. */
  deleteSnapshot(ctid: Ctid, name: string, call: Call): Promise<void>;

  /** The bytes that would be free without each snapshot, as far as the storage can tell, by name. May take a while. */
  sizes(ctid: Ctid, signal: AbortSignal): Promise<ReadonlyMap<string, number>>;

  /**
   * Hands over what is different between two states of the root file system, by path, as fast as it is taken. Changes nothing
   * and may overlap with anything. "cut": there is more than can be held, and this is not all. Faults: SNAPSHOT_MISSING,
   * UNSUPPORTED where the storage can't tell.
   */
  diff(ctid: Ctid, from: string, to: Moment, take: (change: Change) => Promise<void> | void, signal: AbortSignal): Promise<"whole" | "cut">;

  /**
   * Runs a command in a running container as root and gives its exit code (128 + n when signal n ended it). On abort every
   * process that the command started inside is killed. When the command has ended but a background child still holds its
   * output open, the driver notes that, lets go of the output and resolves.
   */
  exec(ctid: Ctid, command: Command, call: Call): Promise<number>;

  /**
   * Runs a script of the owner in a running container, as `exec` runs a command, with its own path as argv[0] and the CTID as
   * argument; the exit code. Its folder is emptied or made before, and is gone afterwards, whatever came of it.
   */
  runInside(ctid: Ctid, script: Script, command: Omit<Command, "argv" | "stdin">, call: Call): Promise<number>;

  /** Runs a script of the owner on the host (host features), with its own file as argv[0] and the CTID as argument; the exit code. */
  runOnHost(
    ctid: Ctid,
    file: { readonly name: string; readonly content: Uint8Array },
    command: Omit<Command, "argv" | "stdin">,
    call: Call,
  ): Promise<number>;

  /**
   * Ends what an earlier life of the agent left behind of a run: commands that had not ended, with all of their processes inside
   * the container and on the host, and half-made things. What a command that had ended left in the background stays: it may be
   * the very service that an application script has started.
   */
  endLeftovers(ctid: Ctid, run: string): Promise<void>;
}
