import { withGate } from "../platform/gate.ts";
import { loadSpikeSettings } from "../platform/settings-store.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { log, messageOf } from "../shared/log.ts";
import type { Subject } from "../shared/strikes.ts";
import { keeperOf } from "./gates.ts";
import { listedSpikes } from "./catalogue.ts";
import { forgetSuspect } from "./strikes.ts";

/** Gates told at a time. */
const FORGIVE_WIDTH = 10;

/**
 * Forgets the strikes of an account or address in every sale that is not over, so that lifting it
 * from the blacklist gives it a fresh start. A gate that cannot be reached goes on counting what it
 * has, and strikes fade by themselves; so this never fails.
 * @param now epoch milliseconds.
 */
export async function forgiveStrikes(env: Env, subject: Subject, now: number): Promise<void> {
  forgetSuspect(subject);
  try {
    const spikes = (await listedSpikes(env)).filter(({ endsAt }) => now < endsAt);
    await inParallel(spikes, FORGIVE_WIDTH, async ({ id }) => {
      const keeper = keeperOf(subject, await loadSpikeSettings(env, id));
      await withGate(env, id, keeper, (gate) => gate.forgive(subject));
    });
  } catch (error) {
    log.warn("strikes_not_forgiven", { kind: subject.kind, value: subject.value, message: messageOf(error) });
  }
}
