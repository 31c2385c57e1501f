import { LEDGER_BATCH_MAX } from "../../../workers/shared/limits.ts";
import { CALL_PACE, Pace } from "../../../workers/shared/pace.ts";
import type { Clock } from "./clock.ts";

/** What waits for a gate in the isolates of a region. */
export interface Line<Group> {
  readonly waiting: number;
  /** Takes up to so many off its front. */
  take: (most: number) => Group;
}

export interface IsolatesOptions<Group> {
  clock: Clock;
  /** How many there are. */
  count: number;
  /** By gate. */
  lines: readonly Line<Group>[];
  /** Makes a call; `returned` is to be called when it is back. */
  send: (group: Group, gate: number, returned: () => void) => void;
}

/**
 * The isolates of a region, as callers of gates. Each has one call to a gate under way, and what comes meanwhile
 * goes with the next; its calls to all gates keep the pace of the real ones, and leave together.
 */
export class Isolates<Group> {
  readonly #options: IsolatesOptions<Group>;
  readonly #paces: Pace[];
  /** By gate: isolates without a call to it. They take turns. */
  readonly #idle: Turns[];
  /** By gate: calls that wait for their departure. */
  readonly #boarding: number[];

  constructor(options: IsolatesOptions<Group>) {
    const { count, lines } = options;
    this.#options = options;
    this.#paces = Array.from({ length: count }, () => new Pace(CALL_PACE));
    // Not all from the same isolate, where one purchase comes for each gate.
    this.#idle = lines.map((_, gate) => new Turns(count, Math.floor((gate * count) / lines.length)));
    this.#boarding = Array<number>(lines.length).fill(0);
  }

  /** Something has come for a gate: idle isolates call, one for each that waits at most. */
  call(gate: number): void {
    const { clock, lines } = this.#options;
    const line = lines[gate] as Line<Group>;
    const idle = this.#idle[gate] as Turns;
    while (idle.length > 0 && line.waiting > this.#boardingAt(gate)) {
      const isolate = idle.take();
      const waitMs = (this.#paces[isolate] as Pace).join(clock.now);
      this.#boarding[gate] = this.#boardingAt(gate) + 1;
      const isFull = this.#shareAt(gate) >= LEDGER_BATCH_MAX;
      if (waitMs === 0 || isFull) this.#leave(gate, isolate);
      else clock.at(clock.now + waitMs, () => this.#leave(gate, isolate));
    }
  }

  #leave(gate: number, isolate: number): void {
    const { lines, send } = this.#options;
    const group = (lines[gate] as Line<Group>).take(Math.min(LEDGER_BATCH_MAX, this.#shareAt(gate)));
    this.#boarding[gate] = this.#boardingAt(gate) - 1;
    send(group, gate, () => {
      this.#idle[gate]?.add(isolate);
      this.call(gate);
    });
  }

  /** Those that wait for a gate are in all isolates that have no call to it on its way, as evenly as may be. */
  #shareAt(gate: number): number {
    const { waiting } = this.#options.lines[gate] as Line<Group>;
    return Math.ceil(waiting / ((this.#idle[gate] as Turns).length + this.#boardingAt(gate)));
  }

  #boardingAt(gate: number): number {
    return this.#boarding[gate] as number;
  }
}

/** The numbers below `count` in a ring: taken at its head, added at its tail. */
class Turns {
  length: number;
  readonly #ring: Int32Array;
  #head = 0;

  constructor(count: number, first: number) {
    this.length = count;
    this.#ring = Int32Array.from({ length: count }, (_, index) => (first + index) % count);
  }

  take(): number {
    const taken = this.#ring[this.#head] as number;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.length--;
    return taken;
  }

  add(number: number): void {
    this.#ring[(this.#head + this.length) % this.#ring.length] = number;
    this.length++;
  }
}
