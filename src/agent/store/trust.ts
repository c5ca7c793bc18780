import type { Database } from "better-sqlite3";
import type { Token, TrustBook, TrustedCertificate, UsedCertificate } from "../domain/trust.ts";
import { guarded } from "./faults.ts";

interface Row extends TrustedCertificate {
  readonly used: number | null;
  readonly used_from: string | null;
}

/** The tables of tokens and certificates; `folder` is for messages. */
export function trustTables(database: Database, folder: string): TrustBook {
  const insertToken = database.prepare(
    "INSERT INTO tokens (id, hash, role, name, since, until, made_by) VALUES (@id, @hash, @role, @name, @since, @until, @made_by)",
  );
  const tokens = database.prepare<[], Token>(
    "SELECT id, hash, role, name, since, until, made_by FROM tokens ORDER BY since DESC, rowid DESC",
  );
  const deleteToken = database.prepare("DELETE FROM tokens WHERE id = ?");
  const insert = database.prepare(
    "INSERT INTO certificates (fingerprint, name, role, since, until, revoked) VALUES (@fingerprint, @name, @role, @since, @until, @revoked)",
  );
  const columns = "fingerprint, name, role, since, until, revoked";
  const one = database.prepare<[string], TrustedCertificate>(`SELECT ${columns} FROM certificates WHERE fingerprint = ?`);
  const all = database.prepare<[], Row>(`SELECT ${columns}, used, used_from FROM certificates ORDER BY name, since DESC, rowid DESC`);
  const revoke = database.prepare("UPDATE certificates SET revoked = @at WHERE fingerprint = @fingerprint AND revoked IS NULL");
  const use = database.prepare("UPDATE certificates SET used = @at, used_from = @address WHERE fingerprint = @fingerprint");
  const forgetTokens = database.prepare("DELETE FROM tokens WHERE until < ?");
  const forgetCertificates = database.prepare("DELETE FROM certificates WHERE until < ?");

  const redeem = database.transaction((id: string, certificate: TrustedCertificate, revoked: readonly string[]) => {
    if (deleteToken.run(id).changes === 0) return false;
    for (const fingerprint of revoked) revoke.run({ fingerprint, at: certificate.since });
    insert.run(certificate);
    return true;
  });
  const revokeAll = database.transaction((fingerprints: readonly string[], at: number) => {
    for (const fingerprint of fingerprints) revoke.run({ fingerprint, at });
  });
  return {
    addToken: (token) => guarded(folder, () => void insertToken.run(token)),
    tokens: () => guarded(folder, () => tokens.all()),
    dropToken: (id) => guarded(folder, () => void deleteToken.run(id)),
    redeem: (id, certificate, revoked) => guarded(folder, () => redeem.immediate(id, certificate, revoked)),
    admit: (certificate) => guarded(folder, () => void insert.run(certificate)),
    certificate: (fingerprint) => guarded(folder, () => one.get(fingerprint) ?? null),
    certificates: () => guarded(folder, () => all.all().map(fromRow)),
    revoke: (fingerprints, at) => guarded(folder, () => revokeAll.immediate(fingerprints, at)),
    markUsed: (fingerprint, at, address) => guarded(folder, () => void use.run({ fingerprint, at, address })),
    forget: (before) =>
      guarded(folder, () => {
        forgetTokens.run(before);
        forgetCertificates.run(before);
      }),
  };
}

function fromRow({ used, used_from, ...certificate }: Row): UsedCertificate {
  return { ...certificate, used: used === null ? null : { at: used, address: used_from ?? "" } };
}
