import type { Admin } from "./admin.ts";
import { pause } from "./doors.ts";
import type { StockSample } from "./evidence.ts";

/** What the server's process has used; null where that is not known. */
export interface Usage {
  rssBytes: number | null;
  /** Over all its lives, when it was restarted. */
  cpuSeconds: number | null;
}

export interface UsageSample extends Usage {
  /** Milliseconds after the start of the sale. */
  atMs: number;
}

const SAMPLE_PAUSE_MS = 500;

/** Looks at the ledger and at the server's process twice a second while a sale runs. */
export class Monitor {
  readonly stock: StockSample[] = [];
  readonly usage: UsageSample[] = [];
  readonly #admin: Admin;
  readonly #spikeId: string;
  readonly #startsAt: number;
  readonly #readUsage: () => Usage | null;
  #running = false;
  #loop: Promise<unknown> = Promise.resolve();

  constructor(admin: Admin, spikeId: string, startsAt: number, readUsage: () => Usage | null) {
    this.#admin = admin;
    this.#spikeId = spikeId;
    this.#startsAt = startsAt;
    this.#readUsage = readUsage;
  }

  get latest(): StockSample | undefined {
    return this.stock.at(-1);
  }

  start(): void {
    this.#running = true;
    this.#loop = Promise.all([this.#watchStock(), this.#watchUsage()]);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }

  async #watchStock(): Promise<void> {
    while (this.#running) {
      // A server that is down or being restarted leaves a gap; the checks at the end do not depend on it.
      const view = await this.#admin.ledger(this.#spikeId).catch(() => null);
      if (view) {
        const { orders: _orders, ...units } = view;
        this.stock.push({ atMs: this.#sinceStart(), ...units });
      }
      await pause(SAMPLE_PAUSE_MS);
    }
  }

  async #watchUsage(): Promise<void> {
    while (this.#running) {
      const usage = this.#readUsage();
      if (usage) this.usage.push({ atMs: this.#sinceStart(), ...usage });
      await pause(SAMPLE_PAUSE_MS);
    }
  }

  #sinceStart(): number {
    return Date.now() - this.#startsAt;
  }
}
