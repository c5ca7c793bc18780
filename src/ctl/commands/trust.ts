import { exit } from "../exit.ts";
import { ask } from "../fleet/host.ts";
import { withHost } from "../fleet/with-host.ts";
import { hostRecord } from "../render/json.ts";
import { span } from "../render/line.ts";
import { clean } from "../render/text.ts";
import { authorityLines, authorityRecord, certificateRecord, shortPrint, trustTable } from "../render/trust.ts";
import { hostLabel, word } from "../render/words.ts";
import type { Globals, Session } from "../session.ts";

/** Lists who may use a host over the network. */
export async function trustList(session: Session, flags: Globals & { readonly ended?: boolean }): Promise<number> {
  return withHost(session, "list of certificates", async (host, name) => {
    const { certificates, authorities, listen } = await ask(host, host.services.trust.ListTrust, { ended: flags.ended ?? false });
    const records = certificates.map(certificateRecord);
    if (session.output === "ndjson") for (const each of records) session.record({ ...hostRecord(name), ...each });
    else if (session.output === "table") session.print(trustTable(certificates, authorities, name, session.look()));
    else await session.document({ ...hostRecord(name), listen, certificates: records, authorities: authorities.map(authorityRecord) });
    return exit.done;
  });
}

/** Takes certificates back: those of a name, or one by the beginning of its fingerprint. */
export async function trustRevoke(session: Session, _flags: Globals, subject: string): Promise<number> {
  return withHost(session, `revocation of ${clean(subject)}`, async (host, name) => {
    const { revoked } = await ask(host, host.services.trust.RevokeTrust, { subject });
    if (session.output === "ndjson") for (const each of revoked) session.record({ ...hostRecord(name), ...certificateRecord(each) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), revoked: revoked.map(certificateRecord) });
    else if (!session.quiet)
      session.print(
        revoked.map((each) => [
          span(`${clean(each.name)} (${word(each.role)}, ${shortPrint(each.fingerprint)}) may no more use ${hostLabel(name)}.`),
        ]),
      );
    return exit.done;
  });
}

/** Makes a new authority. */
export async function trustRotate(session: Session, flags: Globals & { readonly distrust?: boolean }): Promise<number> {
  const distrust = flags.distrust ?? false;
  return withHost(session, "rotation of the authority", async (host, name) => {
    const { authorities } = await ask(host, host.services.trust.RotateAuthority, { distrust });
    if (session.output === "ndjson") session.record({ ...hostRecord(name), authorities: authorities.map(authorityRecord) });
    else if (session.output !== "table") await session.document({ ...hostRecord(name), authorities: authorities.map(authorityRecord) });
    else if (!session.quiet) {
      const what = distrust
        ? "has a new authority and trusts no other; every workstation has to join again."
        : "has a new authority. Workstations get to know it when they renew their certificates; until then the old one is trusted too.";
      session.print([[span(`${hostLabel(name)} ${what}`)], ...authorityLines(authorities, session.look())]);
    }
    return exit.done;
  });
}
