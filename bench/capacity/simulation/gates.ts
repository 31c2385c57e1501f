import { LEDGER_BATCH_MAX, PURCHASE_QUEUE_MAX } from "../../../workers/shared/limits.ts";
import { type Ledgers, share } from "./ledgers.ts";
import type { Processor } from "./processor.ts";
import type { Call, Scene } from "./scene.ts";

interface Waiting {
  call: Call;
  shoppers: number;
}

/** The gates: each gathers what arrives while a batch to a ledger is in flight. */
export class Gates {
  readonly #scene: Scene;
  readonly #ledgers: Ledgers;
  /** By gate and stripe. */
  readonly #lines: Waiting[][];
  readonly #waiting: number[];
  readonly #inFlight: boolean[];
  /** For how long each lane had a batch on its way to its ledger and back, in milliseconds. */
  readonly lanesBusyMs: number[];
  readonly #onAnswered: (call: Call) => void;

  /** @param onAnswered hears of a call when the last of its purchases is decided, still at the gate. */
  constructor(scene: Scene, ledgers: Ledgers, onAnswered: (call: Call) => void) {
    this.#scene = scene;
    this.#ledgers = ledgers;
    this.#onAnswered = onAnswered;
    const lanes = scene.forecast.gates * scene.forecast.stripes;
    this.#lines = Array.from({ length: lanes }, () => []);
    this.#waiting = Array<number>(lanes).fill(0);
    this.#inFlight = Array<boolean>(lanes).fill(false);
    this.lanesBusyMs = Array<number>(lanes).fill(0);
  }

  /** A call has arrived; what finds no place in the gate's queue is shed. */
  arrive(call: Call): void {
    const { clock, topology, tally, forecast } = this.#scene;
    const { gateCall, gatePurchase } = topology.cpuMs;
    const processor = topology.gates[call.gate] as Processor;
    tally.gateCalls++;
    const busy = Math.max(topology.objectCallMs, gateCall) + call.unanswered * gatePurchase;
    clock.at(processor.work(clock.now, busy), () => {
      const purchases = call.unanswered;
      for (let stripe = 0; stripe < forecast.stripes; stripe++) {
        const start = (stripe + tally.gateCalls) % forecast.stripes;
        this.#join(call, stripe, share(purchases, forecast.stripes, start));
      }
      if (call.unanswered === 0) this.#onAnswered(call);
    });
  }

  #join(call: Call, stripe: number, shoppers: number): void {
    const lane = call.gate * this.#scene.forecast.stripes + stripe;
    const own = this.#waiting[lane] as number;
    const room = Math.max(LEDGER_BATCH_MAX - own, PURCHASE_QUEUE_MAX - this.#waitingAt(call.gate), 0);
    const joining = Math.min(room, shoppers);
    const shed = shoppers - joining;
    this.#scene.tally.stopped["gate queue"] += shed;
    call.unanswered -= shed;
    if (joining === 0) return;
    this.#lines[lane]?.push({ call, shoppers: joining });
    this.#waiting[lane] = (this.#waiting[lane] as number) + joining;
    this.#send(lane);
  }

  /** For any ledger: they share the gate's memory. */
  #waitingAt(gate: number): number {
    const { stripes } = this.#scene.forecast;
    return this.#waiting
      .slice(gate * stripes, (gate + 1) * stripes)
      .reduce((sum, waiting) => sum + waiting, 0);
  }

  #send(lane: number): void {
    if (this.#inFlight[lane] || this.#waiting[lane] === 0) return;
    const { clock, topology, forecast, tally } = this.#scene;
    const batch = this.#takeBatch(lane);
    const purchases = batch.reduce((sum, { shoppers }) => sum + shoppers, 0);
    const gate = Math.floor(lane / forecast.stripes);
    const stripe = lane % forecast.stripes;
    const way = topology.toLedgerMs(gate, stripe);
    const sentAt = clock.now;
    this.#inFlight[lane] = true;
    clock.at(clock.now + way, () =>
      this.#ledgers.reserve(stripe, purchases, (won) =>
        clock.at(clock.now + way, () => {
          this.#inFlight[lane] = false;
          this.lanesBusyMs[lane] = (this.lanesBusyMs[lane] as number) + clock.now - sentAt;
          tally.stopped["sold_out, by the ledger"] += purchases - won;
          this.#settle(batch, won);
          this.#send(lane);
        }),
      ),
    );
  }

  #takeBatch(lane: number): Waiting[] {
    const line = this.#lines[lane] as Waiting[];
    const batch: Waiting[] = [];
    let room = Math.min(LEDGER_BATCH_MAX, this.#waiting[lane] as number);
    this.#waiting[lane] = (this.#waiting[lane] as number) - room;
    while (room > 0) {
      const first = line[0] as Waiting;
      const shoppers = Math.min(room, first.shoppers);
      batch.push({ call: first.call, shoppers });
      room -= shoppers;
      if (shoppers === first.shoppers) line.shift();
      else first.shoppers -= shoppers;
    }
    return batch;
  }

  #settle(batch: Waiting[], won: number): void {
    let left = won;
    for (const { call, shoppers } of batch) {
      const winners = Math.min(left, shoppers);
      left -= winners;
      call.won += winners;
      call.unanswered -= shoppers;
      if (call.unanswered === 0) this.#onAnswered(call);
    }
  }
}
