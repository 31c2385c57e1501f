import { waitUntil } from "cloudflare:workers";
import { withGate } from "../../platform/gate.ts";
import { BoundedMap } from "../../shared/bounded-map.ts";
import { log, messageOf } from "../../shared/log.ts";
import { DetailsByWait } from "../../shared/details-by-wait.ts";
import { FleetShare } from "../../shared/rate/fleet-share.ts";
import { Refusal } from "../../shared/refusals.ts";
import { retryAfterSeconds } from "../../shared/retry-after.ts";
import { OFF } from "../../shared/settings.ts";
import type { Filter } from "./attempt.ts";

/** Spikes whose traffic an isolate counts; few are hot at a time. */
const SPIKES_MAX = 1_000;

/** The gate that adds up a spike's traffic. */
const METERING_GATE = 0;

/** Names this isolate to the gate; made at the first request, because random values need one. */
let isolate: string | undefined;

const beyond = new DetailsByWait("More requests arrive than the sale can take.");

const shares = new BoundedMap<string, FleetShare>(SPIKES_MAX);

/** Sheds what is beyond the fleet's ceiling for this spike, from memory and without asking who it is. */
export const fleetCeiling: Filter = {
  name: "fleet_ceiling",
  check({ env, spikeId, settings, purchaseToken, now }) {
    const ceiling = settings.fleetRequestsPerSecond;
    if (ceiling === OFF) return null;
    let share = shares.get(spikeId);
    if (!share) shares.set(spikeId, (share = new FleetShare(now)));
    const perSecond = share.due(ceiling, now);
    if (perSecond !== null) waitUntil(report(env, spikeId, share, perSecond));
    const waitMs = share.admit(ceiling, now, purchaseToken !== "");
    if (waitMs === 0) return null;
    return new Refusal("overloaded", beyond.of(retryAfterSeconds(waitMs)));
  },
};

async function report(
  env: Env,
  spikeId: string,
  share: FleetShare,
  requestsPerSecond: number,
): Promise<void> {
  isolate ??= crypto.randomUUID();
  const traffic = { isolate, requestsPerSecond };
  try {
    share.learn(
      requestsPerSecond,
      await withGate(env, spikeId, METERING_GATE, (gate) => gate.traffic(traffic)),
    );
  } catch (error) {
    log.warn("traffic_not_reported", { spikeId, message: messageOf(error) });
  }
}
