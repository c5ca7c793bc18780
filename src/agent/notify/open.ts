import type { AgentSettings } from "../config/settings.ts";
import type { Notifier, NoticeStanding, NotifierParts } from "./notifier.ts";

const none: NoticeStanding = { delivered: 0, failed: 0, given_up: 0, waiting: 0, since: null };

/**
 * The notifier that the settings ask for. Where they ask for none, what was waiting is forgotten, so that who asks again later is not told of
 * what was long ago. Throws Fault STORE.
 */
export async function openNotifier(settings: AgentSettings["notify"], parts: Omit<NotifierParts, "send" | "results">): Promise<Notifier> {
  const { book, log, sender, clock } = parts;
  if (settings === null) {
    const forgotten = book.end();
    if (forgotten > 0) log.warn({}, `notify is not set any more: ${forgotten} notifications that had not arrived are forgotten`);
    return { follow: () => {}, close: () => Promise.resolve(), standing: () => none };
  }
  const [{ createNotifier }, { httpSender }] = await Promise.all([import("./notifier.ts"), import("./send.ts")]);
  return createNotifier({ ...parts, results: settings.results, send: httpSender(settings, sender.version, clock.now) });
}
