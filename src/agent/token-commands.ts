import { fromTimestamp, type Role__Output, type Token__Output } from "../../proto/index.ts";
import { roles, type Role } from "./domain/trust.ts";
import { withAgent } from "./local.ts";

/** What is asked for by phoenix-agent token create. */
export interface NewToken {
  readonly role: Role;
  readonly name: string;
  readonly addresses: readonly string[];
  /** Seconds; 0 for the usual. */
  readonly for_s: number;
}

type Say = (line: string) => void;

/** Prints the token alone on standard output, and what to do with it with `hint`. */
export function createToken(socket: string, { role, name, addresses, for_s }: NewToken, say: Say, hint: Say): Promise<void> {
  return withAgent(socket, async (ask) => {
    const request = { role: protoRole(role), name, addresses: [...addresses], for_s };
    const answer = await ask(({ trust }) => trust.CreateToken, request);
    const { made } = answer;
    say(answer.token);
    hint(`Lets one workstation join as ${role}${name === "" ? "" : `, called ${name}`}, until ${until(made)}. It is not shown again.`);
    hint(`It will look for this agent at ${answer.addresses.join(", ")}. On the workstation:`);
    hint("  phoenixctl host add NAME TOKEN");
  });
}

/** Prints a line for each token that was not used yet. */
export function listTokens(socket: string, say: Say): Promise<void> {
  return withAgent(socket, async (ask) => {
    const { tokens } = await ask(({ trust }) => trust.ListTokens, {});
    if (tokens.length === 0) say("no tokens");
    for (const token of tokens)
      say(`${token.id}  ${roleOf(token.role).padEnd(8)}  until ${until(token)}  ${token.name || "any name"}  made by ${token.made_by}`);
  });
}

/** Takes a token back. */
export function revokeToken(socket: string, id: string, say: Say): Promise<void> {
  return withAgent(socket, async (ask) => {
    const { token } = await ask(({ trust }) => trust.RevokeToken, { id });
    say(`${token?.id ?? id} was taken back`);
  });
}

function protoRole(role: Role): Role__Output {
  return `ROLE_${role.toUpperCase() as Uppercase<Role>}`;
}

function roleOf(role: Role__Output): string {
  return roles.find((each) => protoRole(each) === role) ?? role;
}

/** 18:04:10 of today, and the day where it is another one; the host's time. */
function until(token: Token__Output | null): string {
  const at = new Date(fromTimestamp(token?.until) ?? 0);
  const time = at.toTimeString().slice(0, 8);
  return at.toDateString() === new Date().toDateString() ? time : `${at.toLocaleDateString("sv")} ${time}`;
}
