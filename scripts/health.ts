import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "./command.ts";

/** How long a server may take until it answers, in milliseconds; it bundles the Worker first. */
const START_MAX_MS = 60_000;
const HEALTH_POLL_MS = 50;

/** Resolves once `/health` answers 200. Rejects when `exited` settles first, or when it takes too long. */
export async function untilHealthy(url: string, exited: Promise<unknown>): Promise<void> {
  const stop = new AbortController();
  const ended = exited.then(() => {
    throw new CommandError("The server ended while starting; its message is above.");
  });
  try {
    await Promise.race([poll(url, stop.signal), ended]);
  } finally {
    stop.abort();
  }
}

async function poll(url: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + START_MAX_MS;
  while (!signal.aborted) {
    const response = await fetch(`${url}/health`, { signal }).catch(() => undefined);
    const said = (await response?.text().catch(() => "")) ?? "";
    if (response?.ok) return;
    const isLate = Date.now() > deadline;
    if (isLate) throw new CommandError(`No healthy answer in ${START_MAX_MS} ms. ${said}`.trimEnd());
    await sleep(HEALTH_POLL_MS);
  }
}
