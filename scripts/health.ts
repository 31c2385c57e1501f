import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "./command.ts";

/** How long a server may take until it answers, in milliseconds; it bundles the Worker first. */
const START_MAX_MS = 60_000;
const HEALTH_POLL_MS = 50;

/** Resolves once `/health` answers 200. Rejects when `exited` settles first, or when it takes too long. */
export async function untilHealthy(url: string, exited: Promise<unknown>): Promise<void> {
  let gone = false;
  void exited.then(() => (gone = true));
  const deadline = Date.now() + START_MAX_MS;
  while (Date.now() < deadline && !gone) {
    const response = await fetch(`${url}/health`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await sleep(HEALTH_POLL_MS);
  }
  throw new CommandError(
    gone
      ? "The server ended while starting; its message is above."
      : `No healthy answer in ${START_MAX_MS} ms.`,
  );
}
