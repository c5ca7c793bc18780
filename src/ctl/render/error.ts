import type { Complaint } from "../complaint.ts";

/** What can't be done, for programs. */
export function errorRecord({ message, reason, exitCode, next }: Complaint) {
  return { error: { message, reason, exit_code: exitCode, next: next.map(([label, text]) => ({ label, text })) } };
}
