import { vi } from "vitest";

/** For `vi.waitFor`: its own second is too short for a machine that is busy with other tests. */
export const PATIENCE = { timeout: 60_000, interval: 50 };

/** Lets nobody lose patience while `work` is done: what a busy machine does late is waited for all the same. */
export async function withoutTimeLimits<T>(work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    return await work();
  } finally {
    vi.useRealTimers();
  }
}
