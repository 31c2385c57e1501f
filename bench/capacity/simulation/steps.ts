import { LEDGER_BATCH_MAX } from "../../../workers/shared/limits.ts";
import { Isolates, type Line } from "./isolates.ts";
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
  /** By region and gate. */
  readonly #lines: StepLine[][];
  readonly #isolates: Isolates<Step[]>[];
  /** By gate and stripe, with one batch in flight. */
  readonly #toLedgers: Lane[];

  constructor(scene: Scene, ledgers: Ledgers) {
    this.#scene = scene;
    this.#ledgers = ledgers;
    const { clock, topology, forecast } = scene;
    const { regions, isolatesPerRegion } = topology;
    const { gates, stripes } = forecast;
    this.#lines = Array.from({ length: regions }, () => Array.from({ length: gates }, () => new StepLine()));
    this.#isolates = this.#lines.map(
      (lines) =>
        new Isolates({
          ...{ clock, count: isolatesPerRegion, lines },
          send: (steps, _gate, returned) => this.#callGate(steps, returned),
        }),
    );
    this.#toLedgers = Array.from(
      { length: gates * stripes },
      () => new Lane((steps, returned) => this.#callLedger(steps, returned)),
    );
  }

  /** Takes a step; its answer comes back to the isolate. */
  take(step: Step): void {
    this.#lines[step.region]?.[step.gate]?.add(step);
    this.#isolates[step.region]?.call(step.gate);
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

/** Steps that wait for their turn. */
class StepLine implements Line<Step[]> {
  readonly #steps: Step[] = [];

  get waiting(): number {
    return this.#steps.length;
  }

  add(step: Step): void {
    this.#steps.push(step);
  }

  take(most: number): Step[] {
    return this.#steps.splice(0, most);
  }
}

/** A way with one batch on it; what comes meanwhile goes with the next. */
class Lane {
  readonly #send: Send;
  readonly #line = new StepLine();
  #isBusy = false;

  constructor(send: Send) {
    this.#send = send;
  }

  add(step: Step): void {
    this.#line.add(step);
    this.#next();
  }

  #next(): void {
    if (this.#isBusy || this.#line.waiting === 0) return;
    this.#isBusy = true;
    this.#send(this.#line.take(LEDGER_BATCH_MAX), () => {
      this.#isBusy = false;
      this.#next();
    });
  }
}
