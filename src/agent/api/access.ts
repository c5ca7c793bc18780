import { Fault } from "../domain/errors.ts";
import { includes, type Caller, type Role, type Stranger } from "../domain/trust.ts";
import { methods } from "./methods.ts";

/** Throws Fault NOT_TRUSTED or DENIED when somebody may not call a method. What is in no table is nobody's. */
export function demandAccess(method: string, caller: Caller): void {
  const wanted = methods[method]?.role;
  if (wanted === "anyone") return;
  if (caller.kind === "stranger") throw new Fault("NOT_TRUSTED", refusals[caller.why].message, refusals[caller.why].remedy);
  const role: Role = caller.kind === "local" ? "admin" : caller.certificate.role;
  if (wanted !== undefined && includes(role, wanted)) return;
  const name = caller.kind === "local" ? "the local socket" : caller.certificate.name;
  throw new Fault(
    "DENIED",
    wanted === undefined ? `nobody may call ${method}` : `this takes the role ${wanted}; ${name} is ${role}`,
    wanted === undefined ? "" : `ask whoever owns the host for a token: phoenix-agent token create --role ${wanted}`,
  );
}

const again = "join again: phoenix-agent token create on the host, phoenixctl host add NAME TOKEN here";

/** What somebody is told who is not let in. */
const refusals: Readonly<Record<Stranger, { readonly message: string; readonly remedy: string }>> = {
  none: { message: "this agent talks to nobody without a certificate", remedy: again },
  foreign: { message: "this certificate is not one that this agent has given out", remedy: again },
  expired: { message: "this certificate has ended", remedy: again },
  revoked: { message: "this certificate was revoked", remedy: "ask whoever owns the host" },
};
