import { BURST_EARLY_MS } from "../../load/arrivals.ts";
import type { Topology } from "../topology.ts";
import { Clock } from "./clock.ts";
import { arrivedShare, Slots } from "./crowd.ts";
import { Front, type Retries } from "./front.ts";
import { Ledgers, share } from "./ledgers.ts";
import { Recording } from "./recording.ts";
import type { Forecast, Scene } from "./scene.ts";
import { Steps } from "./steps.ts";
import { Tally } from "./tally.ts";
import { Till, TILL_SLOT_MS } from "./till.ts";

/** Shoppers who come within this many milliseconds come together. */
const SLOT_MS = 10;
/** A sale that takes longer than this is over for the simulation, in milliseconds. */
const HORIZON_MS = 3_600_000;

export interface Simulated {
  tally: Tally;
  topology: Topology;
  /** Until the last unit was taken, or the last shopper came when some are left; milliseconds. */
  rushMs: number;
  /** Busy time of each part until then, in milliseconds. */
  busyAtRush: BusyMs;
  /** Requests for tokens and purchases until then that were not stopped by the ceiling or from memory. */
  admittedAtRush: number;
}

/** Busy milliseconds of each gate, of each way from a gate to a ledger, and of each ledger. */
interface BusyMs {
  gates: number[];
  lanes: number[];
  ledgers: number[];
}

/**
 * Plays a sale event by event: shoppers come in slots of 10 ms, everything behind the Workers is
 * simulated call by call. The same input gives the same sale.
 */
export function simulate(forecast: Forecast, topology: Topology): Simulated {
  const clock = new Clock(-BURST_EARLY_MS);
  const tally = new Tally();
  const scene: Scene = { clock, topology, forecast, tally };
  const ledgers = new Ledgers(scene);
  const recording = new Recording(scene, ledgers);
  const till = new Till(scene, new Steps(scene, ledgers), recording);
  const retries = Array.from({ length: topology.regions }, (): Retries => ({
    asking: new Slots(SLOT_MS),
    buying: new Slots(SLOT_MS),
  }));
  const front = new Front(scene, ledgers, retries);
  ledgers.onWins = (stripe, shoppers) => till.welcome(stripe, shoppers, recording.offer(stripe, shoppers));

  let arrived = 0;
  let rush: Omit<Simulated, "tally" | "topology"> | null = null;
  for (let slot = -BURST_EARLY_MS; slot < HORIZON_MS; slot += SLOT_MS) {
    const isEmpty = clock.run(slot);
    clock.now = slot;
    const due = Math.round(
      forecast.users * arrivedShare(forecast.arrival, forecast.windowMs, slot + SLOT_MS),
    );
    for (let region = 0; region < topology.regions; region++) {
      const newcomers = share(due - arrived, topology.regions, region);
      const { asking, buying } = retries[region] as Retries;
      front.come(region, buying.take(slot), true);
      front.come(region, newcomers + asking.take(slot), false);
    }
    arrived = due;
    if (slot % TILL_SLOT_MS === 0) till.serve();
    const everybodyCame = arrived === forecast.users && slot >= forecast.windowMs;
    if (rush === null && (tally.soldOutMs !== null || everybodyCame)) {
      rush = stateOfRush(Math.max(slot, SLOT_MS), scene, front);
    }
    const settled =
      till.isDone &&
      recording.isDone &&
      retries.every(({ asking, buying }) => asking.isEmpty && buying.isEmpty);
    if (everybodyCame && isEmpty && settled) break;
  }
  return { tally, topology, ...(rush ?? stateOfRush(HORIZON_MS, scene, front)) };
}

function stateOfRush(
  rushMs: number,
  { tally, topology }: Scene,
  front: Front,
): Omit<Simulated, "tally" | "topology"> {
  const { fleet_ceiling: shed, phase, "sold_out, from memory": fromMemory } = tally.stopped;
  return {
    rushMs,
    busyAtRush: busyTimes(topology, front),
    admittedAtRush: tally.tokens + tally.purchases - shed - phase - fromMemory,
  };
}

function busyTimes({ gates, ledgers }: Topology, front: Front): BusyMs {
  return {
    gates: gates.map(({ busyMs }) => busyMs),
    lanes: [...front.gates.lanesBusyMs],
    ledgers: ledgers.map(({ busyMs }) => busyMs),
  };
}
