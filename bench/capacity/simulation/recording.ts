import { ORDER_EVENTS_PER_MESSAGE_MAX } from "../../../workers/shared/limits.ts";
import type { Ledgers } from "./ledgers.ts";
import { OneThread } from "./processor.ts";
import type { Scene } from "./scene.ts";

interface Message {
  stripe: number;
  events: number;
}

/** Outbox, queue, consumer and database: the way of an order after it is won. */
export class Recording {
  readonly #scene: Scene;
  readonly #ledgers: Ledgers;
  readonly #queue = new OneThread();
  readonly #outboxes: number[];
  readonly #sending: boolean[];
  #messages: Message[] = [];
  #consumerIsDue = false;
  #consumerIsBusy = false;
  #created = 0;
  #confirmed = 0;

  constructor(scene: Scene, ledgers: Ledgers) {
    this.#scene = scene;
    this.#ledgers = ledgers;
    this.#outboxes = Array<number>(scene.forecast.stripes).fill(0);
    this.#sending = Array<boolean>(scene.forecast.stripes).fill(false);
  }

  get isDone(): boolean {
    return this.#confirmed === this.#created;
  }

  /** Whether the first `events` of all events are in the database. */
  hasRecorded(events: number): boolean {
    return this.#confirmed >= events;
  }

  /** Events of a committed transaction. Returns how many there are now. */
  offer(stripe: number, events: number): number {
    this.#created += events;
    this.#outboxes[stripe] = (this.#outboxes[stripe] as number) + events;
    this.#drain(stripe);
    return this.#created;
  }

  #drain(stripe: number): void {
    if (this.#sending[stripe] || this.#outboxes[stripe] === 0) return;
    const { clock, topology, tally } = this.#scene;
    const events = Math.min(ORDER_EVENTS_PER_MESSAGE_MAX, this.#outboxes[stripe] as number);
    this.#outboxes[stripe] = (this.#outboxes[stripe] as number) - events;
    this.#sending[stripe] = true;
    tally.messages++;
    // A message costs time of its ledger's object; the queue itself takes so many a second from all.
    const made = topology.ledgers[stripe]?.work(clock.now, topology.cpuMs.recordMessage) ?? clock.now;
    const sent = this.#queue.work(made, topology.messageGapMs);
    clock.at(sent + topology.queueMs, () => {
      this.#sending[stripe] = false;
      this.#messages.push({ stripe, events });
      this.#wakeConsumer();
      this.#drain(stripe);
    });
  }

  /** A batch is due when it is full, or when its first message has waited long enough. */
  #wakeConsumer(): void {
    if (this.#consumerIsBusy || this.#messages.length === 0) return;
    const { clock, topology } = this.#scene;
    if (this.#messages.length >= topology.consumerBatchMessages) return this.#consume();
    if (this.#consumerIsDue) return;
    this.#consumerIsDue = true;
    clock.at(clock.now + topology.consumerWaitMs, () => {
      this.#consumerIsDue = false;
      if (!this.#consumerIsBusy && this.#messages.length > 0) this.#consume();
    });
  }

  #consume(): void {
    const { clock, topology, tally } = this.#scene;
    const { recordStatement, recordOrder } = topology.cpuMs;
    const batch = this.#messages.splice(0, topology.consumerBatchMessages);
    const events = batch.reduce((sum, message) => sum + message.events, 0);
    this.#consumerIsBusy = true;
    clock.at(topology.database.work(clock.now, recordStatement + events * recordOrder), () => {
      this.#consumerIsBusy = false;
      this.#confirmed += events;
      tally.recorded += events;
      tally.lastRecordedMs = clock.now;
      for (const stripe of new Set(batch.map((message) => message.stripe))) {
        const rows = batch.reduce(
          (sum, message) => sum + (message.stripe === stripe ? message.events : 0),
          0,
        );
        this.#ledgers.write(stripe, rows, () => {});
      }
      this.#wakeConsumer();
    });
  }
}
