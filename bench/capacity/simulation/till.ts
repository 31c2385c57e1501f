import { Slots } from "./crowd.ts";
import type { Processor } from "./processor.ts";
import type { Recording } from "./recording.ts";
import type { Scene } from "./scene.ts";
import type { Steps } from "./steps.ts";

/** A winner looks for the order after this long, and again, and so on; the last pause repeats. Milliseconds. */
const POLL_PAUSES_MS = [250, 500, 1_000, 2_000];
/** Payments are simulated in groups of this many milliseconds. */
export const TILL_SLOT_MS = 50;

/** Winners who want the same, and wait for connections. */
interface Errand {
  shoppers: number;
  region: number;
  cpuMs: number;
  /** What happens after the Worker's part; `leave` gives the connections back. */
  answered: (shoppers: number, leave: () => void) => void;
}

/** Where winners look for their orders and pay them. */
export class Till {
  readonly #scene: Scene;
  readonly #steps: Steps;
  readonly #recording: Recording;
  readonly #due: Slots[];
  #open = 0;
  readonly #line: Errand[] = [];
  #connected = 0;
  /** Payments so far: their owners belong to the gates in turn. */
  #served = 0;

  constructor(scene: Scene, steps: Steps, recording: Recording) {
    this.#scene = scene;
    this.#steps = steps;
    this.#recording = recording;
    this.#due = Array.from({ length: scene.forecast.stripes }, () => new Slots(TILL_SLOT_MS));
  }

  /** True once everybody who means to pay has paid. */
  get isDone(): boolean {
    return this.#open === 0;
  }

  /** Shoppers have won; theirs are the events up to `events`. */
  welcome(stripe: number, shoppers: number, events: number): void {
    const { clock, forecast } = this.#scene;
    const paying = Math.round(shoppers * forecast.payShare);
    this.#open += paying;
    this.#due[stripe]?.spread(clock.now + forecast.thinkMinMs, clock.now + forecast.thinkMaxMs, paying);
    this.#poll(shoppers, events, 0);
  }

  /** Everybody pays who is due in the slot that ends now. */
  serve(): void {
    const { clock, topology, forecast } = this.#scene;
    const dueAt = clock.now;
    for (let stripe = 0; stripe < forecast.stripes; stripe++) {
      const shoppers = this.#due[stripe]?.take(clock.now) ?? 0;
      for (let payment = 0; payment < shoppers; payment++) {
        const region = payment % topology.regions;
        const way = { region, gate: this.#served++ % forecast.gates, stripe };
        // One step before the charge, one after it.
        const pay = (_: number, leave: () => void) =>
          this.#steps.take({
            ...way,
            answer: () =>
              this.#steps.take({
                ...way,
                answer: () => {
                  this.#paid(stripe, dueAt);
                  leave();
                },
              }),
          });
        this.#line.push({ shoppers: 1, region, cpuMs: topology.cpuMs.payment, answered: pay });
      }
    }
    this.#connect();
  }

  #paid(stripe: number, dueAt: number): void {
    const { clock, forecast, tally } = this.#scene;
    this.#open--;
    tally.paid++;
    tally.lastPaidMs = clock.now;
    // The wait at the till is what makes a payment late; who thinks for longer than the hold is not counted here.
    if (clock.now - dueAt > forecast.holdMs) tally.paidTooLate++;
    this.#recording.offer(stripe, 1);
  }

  #poll(shoppers: number, events: number, nth: number): void {
    const { clock, topology, tally } = this.#scene;
    const pause = POLL_PAUSES_MS[Math.min(nth, POLL_PAUSES_MS.length - 1)] as number;
    // The next look comes after the answer to this one: a slow server is asked less often.
    const look = (some: number, leave: () => void) => {
      tally.polls += some;
      if (this.#recording.hasRecorded(events)) tally.lastSeenRecordedMs = clock.now;
      else this.#poll(some, events, nth + 1);
      leave();
    };
    const region = events % topology.regions;
    clock.at(clock.now + pause, () => {
      this.#line.push({ shoppers, region, cpuMs: topology.cpuMs.poll, answered: look });
      this.#connect();
    });
  }

  /** As many as find a connection; the others wait in line. */
  #connect(): void {
    const { clock, topology, tally } = this.#scene;
    for (let next = this.#line[0]; next; next = this.#line[0]) {
      const { region, cpuMs, answered } = next;
      const shoppers = Math.min(next.shoppers, topology.tillConnections - this.#connected);
      if (shoppers === 0) return;
      if (shoppers === next.shoppers) this.#line.shift();
      else next.shoppers -= shoppers;
      this.#connected += shoppers;
      tally.request(clock.now, shoppers);
      const processor = topology.front[region] as Processor;
      clock.at(processor.work(clock.now, shoppers * cpuMs), () =>
        answered(shoppers, () => {
          this.#connected -= shoppers;
          this.#connect();
        }),
      );
    }
  }
}
