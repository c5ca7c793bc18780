/** What a certificate allows; each includes those before it. */
export const roles = ["reader", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** Why somebody who knocks is not let in. */
export type Stranger =
  | "none" // showed no certificate
  | "foreign" // not signed by this agent's authority, or not known to it
  | "expired"
  | "revoked";

/** Who makes a call. */
export type Caller =
  /** The host's own socket, which only its owner can open: an admin. */
  | { readonly kind: "local" }
  | { readonly kind: "certificate"; readonly certificate: TrustedCertificate; readonly address: string }
  | { readonly kind: "stranger"; readonly why: Stranger; readonly address: string };

/** A certificate that this agent has given out. Times are milliseconds since 1970. */
export interface TrustedCertificate {
  /** The sha256 of it, hex. */
  readonly fingerprint: string;
  readonly name: string;
  readonly role: Role;
  readonly since: number;
  readonly until: number;
  /** null: it was not. */
  readonly revoked: number | null;
}

/** A certificate, and when and from where it was last used. */
export interface UsedCertificate extends TrustedCertificate {
  readonly used: { readonly at: number; readonly address: string } | null;
}

/** A promise to let one workstation join. */
export interface Token {
  /** 5 bytes in hex; no secret. */
  readonly id: string;
  /** The sha256 of the secret, hex. */
  readonly hash: string;
  readonly role: Role;
  /** The name that the certificate will have; empty: whoever joins may choose one that is free. */
  readonly name: string;
  readonly since: number;
  readonly until: number;
  readonly made_by: string;
}

/** Where tokens and certificates are kept. Each call is one transaction that is on disk when it returns, and throws Fault STORE. */
export interface TrustBook {
  readonly addToken: (token: Token) => void;
  /** The tokens that nobody has used, newest first, ended ones included. */
  readonly tokens: () => readonly Token[];
  readonly dropToken: (id: string) => void;
  /** Takes a token away and writes the certificate in its place, revoking others; false, and nothing is written, when the token is gone. */
  readonly redeem: (id: string, certificate: TrustedCertificate, revoke: readonly string[]) => boolean;
  readonly admit: (certificate: TrustedCertificate) => void;
  readonly certificate: (fingerprint: string) => TrustedCertificate | null;
  /** By name, newest first. */
  readonly certificates: () => readonly UsedCertificate[];
  readonly revoke: (fingerprints: readonly string[], at: number) => void;
  readonly markUsed: (fingerprint: string, at: number, address: string) => void;
  /** Forgets tokens and certificates that ended before a time. */
  readonly forget: (before: number) => void;
}

/** Whether a role includes another. */
export function includes(role: Role, wanted: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(wanted);
}

/** Whether a certificate is good at a time, or why not. */
export function standing(certificate: TrustedCertificate, now: number): "good" | "expired" | "revoked" {
  if (certificate.revoked !== null) return "revoked";
  return now < certificate.until ? "good" : "expired";
}

/** What is wrong with the name of a certificate; null when nothing is. */
export function nameProblem(name: string): string | null {
  if (!/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name)) return "expected 1 to 64 letters, digits, dots, _, @ or -, a letter or digit first";
  return name === "local" ? "local is the name of the host's own socket" : null;
}

/** The name of a caller, as leases and the audit have it. */
export function nameOf(caller: Caller): string {
  switch (caller.kind) {
    case "local":
      return "local";
    case "certificate":
      return caller.certificate.name;
    case "stranger":
      return "-";
  }
}
