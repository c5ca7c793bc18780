import { hostname } from "node:os";
import { ulid } from "ulid";
import { loadSettings } from "../config/settings.ts";
import { Fault, toFailure } from "../domain/errors.ts";
import { testMessage } from "../notify/message.ts";
import { httpSender } from "../notify/send.ts";
import { version } from "../version.ts";

/** Sends a message of the kind "test" as the agent would, and says what came of it. Needs no agent that runs. */
export async function notifyTest(settingsFile: string): Promise<void> {
  const { notify } = loadSettings(settingsFile);
  if (notify === null) throw new Fault("INVALID", "notify is not set", `set notify.url and notify.secret_file in ${settingsFile}`);
  const id = ulid();
  const send = httpSender(notify, version, () => Date.now());
  const began = performance.now();
  await send({ id, body: testMessage(id, { host: hostname(), version }) }, new AbortController().signal).catch((thrown: unknown) => {
    const { reason, message, remedy } = toFailure(thrown);
    throw new Fault(reason, `the test notification has not arrived: ${message}`, remedy.replace(/, and try: .*/, ""));
  });
  console.log(`The test notification ${id} has arrived, in ${Math.round(performance.now() - began)} ms.`);
}
