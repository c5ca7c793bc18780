import { connect as connectSocket } from "node:net";
import { status } from "@grpc/grpc-js";
import { complaint, type Complaint, type Hint } from "../complaint.ts";
import { exit } from "../exit.ts";
import { clientVersion } from "../version.ts";
import { clean } from "../render/text.ts";
import { placeName, type Place } from "./places.ts";
import { silence } from "./silence.ts";
import { TooOld, type Trouble } from "./trouble.ts";

/** What an error means to whoever called: the exit code, whether anything can have happened, and what to do about it. */
interface Meaning {
  readonly exitCode: number;
  /** What is said about the state that things are in now. */
  readonly state: string;
  readonly next: readonly Hint[];
}

const nothing = "Nothing was changed.";
const unknown = "";
const look: readonly Hint[] = [["look", "phoenixctl run list"]];
const agentLog: Hint = ["agent's log", "journalctl -u phoenix-agent -n 50"];

/** By the reason that the agent gives; it knows better than the status. */
const byReason: Readonly<Record<string, Meaning>> = {
  INVALID: { exitCode: exit.usage, state: nothing, next: [] },
  // What is missing may be a run, a version, a token: the remedy says where to look.
  NOT_FOUND: { exitCode: exit.failed, state: unknown, next: [] },
  SHUTTING_DOWN: { exitCode: exit.unreachable, state: nothing, next: [["try again", "once it is back: systemctl status phoenix-agent"]] },
  STORE: { exitCode: exit.failed, state: unknown, next: [agentLog] },
  TIMEOUT: { exitCode: exit.failed, state: unknown, next: [] },
};

const byStatus: Readonly<Partial<Record<status, Meaning>>> = {
  [status.INVALID_ARGUMENT]: { exitCode: exit.usage, state: nothing, next: [] },
  [status.NOT_FOUND]: { exitCode: exit.failed, state: nothing, next: [["look", "phoenixctl ps"]] },
  [status.FAILED_PRECONDITION]: { exitCode: exit.refused, state: nothing, next: [] },
  [status.ALREADY_EXISTS]: { exitCode: exit.refused, state: nothing, next: [] },
  [status.ABORTED]: { exitCode: exit.refused, state: nothing, next: [] },
  [status.PERMISSION_DENIED]: { exitCode: exit.notAllowed, state: nothing, next: [] },
  [status.UNAUTHENTICATED]: { exitCode: exit.notAllowed, state: nothing, next: [] },
  [status.UNIMPLEMENTED]: { exitCode: exit.failed, state: nothing, next: [["compare", "phoenixctl version --all-hosts"]] },
  [status.RESOURCE_EXHAUSTED]: { exitCode: exit.failed, state: unknown, next: [agentLog] },
  [status.DEADLINE_EXCEEDED]: { exitCode: exit.unreachable, state: "Whether it was done is not known.", next: [...look, agentLog] },
};

const otherwise: Meaning = { exitCode: exit.failed, state: "Whether it was done is not known.", next: [...look, agentLog] };

/** A failed call in words: what was to be done, what happened, what state things are in, what to do next. `version` is the agent's, where it is known. */
export async function explain(trouble: Trouble, place: Place, doing: string, version: string | null): Promise<Complaint> {
  const { report, code } = trouble;
  if (report === null && code === status.UNAVAILABLE) {
    return place.entry.kind === "socket" ? unreachable(place.entry.socket, trouble) : outOfReach(place, trouble);
  }
  const meaning = (report && byReason[report.reason]) ?? byStatus[code] ?? otherwise;
  const verb = meaning.exitCode === exit.refused ? "is refused" : "failed";
  const message = clean(report?.message ?? words(trouble, place, version))
    .trim()
    .replace(/\.$/, "");
  const said = clean(report?.remedy ?? "");
  const remedy: readonly Hint[] = said === "" ? [] : [["what to do", said]];
  const next = meaning.next.filter(([, text]) => !said.includes(text));
  const sentence = `${doing} ${verb}: ${message}. ${meaning.state}`.trimEnd();
  return complaint(meaning.exitCode, sentence, [...remedy, ...next], report === null ? null : clean(report.reason));
}

/** What happened, where the agent did not say it itself. */
export function words(trouble: Trouble, place: Place, version: string | null): string {
  const { code, message } = trouble;
  if (code === status.DEADLINE_EXCEEDED) return "the agent did not answer in time";
  if (code === status.UNIMPLEMENTED) return skew(place, version, trouble instanceof TooOld ? trouble.lacking : [], clientVersion);
  return message === "" ? `the agent ended the call (${status[code]})` : message;
}

/** The agent does not know something that this client does: a call, or what it lacks by name. */
export function skew(place: Place, agent: string | null, lacking: readonly string[], client: string | null): string {
  const host = place.kind === "known" ? `host ${clean(place.name)}` : "the host";
  const what = lacking.length === 0 ? "this call" : lacking.join(" and ");
  if (agent === null) return `${host} does not know ${what}; its agent is older than this client`;
  if (agent === client) return `${host} does not know ${what}, though it runs ${clean(agent)} like this client`;
  const without = lacking.length === 0 ? "" : `, without ${what}`;
  const needed = client ?? "a newer one, since this client runs from its sources";
  return `${host} runs ${clean(agent)}${without}, this needs ${needed}`;
}

/** Nobody answers across the network. */
function outOfReach(place: Place, trouble: Trouble): Complaint {
  const name = placeName(place);
  return complaint(exit.unreachable, `${name} can't be reached: ${silence(trouble, place)}.`, [
    ["on the host", "systemctl status phoenix-agent"],
    ["its address here", "phoenixctl host list"],
  ]);
}

/** Nobody answers: why that is, as far as the socket itself tells. */
export async function unreachable(socket: string, trouble: Trouble): Promise<Complaint> {
  const found = await probe(socket);
  const name = clean(socket);
  if (found === "EACCES" || found === "EPERM") {
    return complaint(exit.notAllowed, `no permission to use the agent's socket ${name}: it belongs to root.`, [
      ["as root", "sudo phoenixctl …"],
    ]);
  }
  if (found === "") {
    return complaint(exit.unreachable, `the connection to the agent at ${name} broke: ${clean(trouble.message)}.`, [...look, agentLog]);
  }
  return complaint(exit.unreachable, `the agent at ${name} is not running (${reasons[found] ?? found}).`, [
    ["start it", "systemctl start phoenix-agent     or: phoenix-agent --config /etc/phoenix/agent.yaml"],
    ["elsewhere", "phoenixctl --socket PATH …        or: PHOENIX_SOCKET=PATH"],
  ]);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket",
  ECONNREFUSED: "nobody listens on its socket",
  ENOTSOCK: "that is no socket",
};

/** The code of the error that connecting gives; empty when somebody listens. */
function probe(socket: string): Promise<string> {
  return new Promise((resolve) => {
    const connection = connectSocket(socket);
    const settle = (code: string) => {
      connection.destroy();
      resolve(code);
    };
    connection.once("connect", () => settle(""));
    connection.once("error", (error: NodeJS.ErrnoException) => settle(error.code ?? "ECONNREFUSED"));
  });
}
