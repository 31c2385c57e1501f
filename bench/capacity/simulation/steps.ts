import { LEDGER_BATCH_MAX } from "../../../workers/shared/limits.ts";
import type { Ledgers } from "./ledgers.ts";
import type { Processor } from "./processor.ts";
import type { Scene } from "./scene.ts";

/** What an owner does with an order. */
interface Step {
  region: number;
  gate: number;
  stripe: number;
  answer: () => void;
}

/**
 * Steps of orders travel like purchases: what waits in the isolates of a region goes to a gate together, what waits
 * in a gate goes to a ledger in one transaction.
 */
export class Steps {
  readonly #scene: Scene;
  readonly #ledgers: Ledgers;
  /** By region and gate, with a call of each isolate in flight. */
  readonly #toGates: Lane[];
  /** By gate and stripe, with one batch in flight. */
  readonly #toLedgers: Lane[];

  constructor(scene: Scene, ledgers: Ledgers) {
    this.#scene = scene;
    this.#ledgers = ledgers;
    const { regions, isolatesPerRegion } = scene.topology;
    const { gates, stripes } = scene.forecast;
    const lanes = (count: number, inFlightMax: number, send: Send) =>
      Array.from({ length: count }, () => new Lane(inFlightMax, send));
    this.#toGates = lanes(regions * gates, isolatesPerRegion, (...call) => this.#callGate(...call));
    this.#toLedgers = lanes(gates * stripes, 1, (...batch) => this.#callLedger(...batch));
  }

  /** Takes a step; its answer comes back to the isolate. */
  take(step: Step): void {
    this.#toGates[step.region * this.#scene.forecast.gates + step.gate]?.add(step);
  }

  #callGate(steps: Step[], returned: () => void): void {
    const { clock, topology, tally, forecast } = this.#scene;
    const { region, gate } = steps[0] as Step;
    const way = topology.toGateMs(region, gate);
    const processor = topology.gates[gate] as Processor;
    tally.gateCalls++;
    let unanswered = steps.length;
    const answered = () => {
      if (--unanswered > 0) return;
      clock.at(clock.now + way, () => {
        returned();
        for (const { answer } of steps) answer();
      });
    };
    clock.at(clock.now + way, () => {
      const busy = Math.max(topology.objectCallMs, topology.cpuMs.gateCall);
      clock.at(processor.work(clock.now, busy), () => {
        for (const step of steps)
          this.#toLedgers[gate * forecast.stripes + step.stripe]?.add({ ...step, answer: answered });
      });
    });
  }

  #callLedger(steps: Step[], returned: () => void): void {
    const { clock, topology } = this.#scene;
    const { gate, stripe } = steps[0] as Step;
    const way = topology.toLedgerMs(gate, stripe);
    clock.at(clock.now + way, () =>
      this.#ledgers.write(stripe, steps.length, () =>
        clock.at(clock.now + topology.commitMs + way, () => {
          returned();
          for (const { answer } of steps) answer();
        }),
      ),
    );
  }
}

type Send = (steps: Step[], returned: () => void) => void;

/** A way on which so many groups are in flight at most; what comes meanwhile goes with the next ones. */
class Lane {
  readonly #inFlightMax: number;
  readonly #send: Send;
  readonly #waiting: Step[] = [];
  #inFlight = 0;

  constructor(inFlightMax: number, send: Send) {
    this.#inFlightMax = inFlightMax;
    this.#send = send;
  }

  add(step: Step): void {
    this.#waiting.push(step);
    this.#next();
  }

  #next(): void {
    const free = this.#inFlightMax - this.#inFlight;
    if (free === 0 || this.#waiting.length === 0) return;
    const group = this.#waiting.splice(0, Math.min(LEDGER_BATCH_MAX, Math.ceil(this.#waiting.length / free)));
    this.#inFlight++;
    this.#send(group, () => {
      this.#inFlight--;
      this.#next();
    });
  }
}
