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
 * @param onlyIfBarred by gates that enforce a bar, and by no others.
 * @returns whether a gate enforced one.
 */
export async function forgiveStrikes(
  env: Env,
  subject: Subject,
  now: number,
  onlyIfBarred: boolean,
): Promise<boolean> {
  forgetSuspect(subject);
  let wasBarred = false;
  const sayNotForgiven = (error: unknown, spikeId?: string) =>
    log.warn("strikes_not_forgiven", { ...subject, spikeId, message: messageOf(error) });
  try {
    const spikes = (await listedSpikes(env)).filter(({ endsAt }) => now < endsAt);
    await inParallel(spikes, FORGIVE_WIDTH, async ({ id }) => {
      try {
        if (await forgiveIn(env, id, subject, onlyIfBarred)) wasBarred = true;
      } catch (error) {
        // One gate that is away must not cut short the wait for the others.
        sayNotForgiven(error, id);
      }
    });
  } catch (error) {
    sayNotForgiven(error);
  }
  return wasBarred;
}

async function forgiveIn(
  env: Env,
  spikeId: string,
  subject: Subject,
  onlyIfBarred: boolean,
): Promise<boolean> {
  const keeper = keeperOf(subject, await loadSpikeSettings(env, spikeId));
  // Named outside, so that a call that is made again is the same one.
  const call = crypto.randomUUID();
  return await withGate(env, spikeId, keeper, (gate) => gate.forgive(subject, onlyIfBarred, call));
}
