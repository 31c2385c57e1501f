import type { ServerClock } from "../shared/clock.ts";
import { call } from "../shared/http.ts";
import type { SaleBody, StockBody } from "../shared/shop-api.ts";
import { type KnownSale, nextLookMs, phaseNow } from "./looks.ts";

const MS_PER_SECOND = 1_000;
/** The server and we may disagree for as long as a cached answer lives, in milliseconds. */
const DISAGREE_MAX_MS = 2_000;

/** Looks at the stock again and again while somebody looks at the page, and sets the clock by the answers. */
export class StockWatch {
  readonly sale: KnownSale;
  readonly #id: string;
  readonly #clock: ServerClock;
  readonly #onNews: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string, sale: KnownSale, clock: ServerClock, onNews: () => void) {
    this.#id = id;
    this.sale = sale;
    this.#clock = clock;
    this.#onNews = onNews;
  }

  start(): void {
    void this.look();
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.#timer);
      if (document.visibilityState === "hidden") return;
      this.#clock.doubt(); // the machine may have slept, and its steady clock with it
      void this.look();
    });
  }

  /** Looks now, and plans the next look. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    const refusedMs = await this.#read();
    if (document.visibilityState === "hidden") return;
    const now = this.#clock.isKnown ? this.#clock.now() : undefined;
    const pause = nextLookMs(this.sale, now, Math.random());
    clearTimeout(this.#timer);
    if (pause !== undefined) this.#timer = setTimeout(() => void this.look(), Math.max(pause, refusedMs));
  }

  /** @returns for how long the shop wants to be left alone, in milliseconds. */
  async #read(): Promise<number> {
    const sent = this.#clock.steady();
    const answer = await call<StockBody>("GET", `/api/spikes/${this.#id}/stock`);
    if (!answer.ok) return (answer.failure.retryAfter ?? 0) * MS_PER_SECOND;
    const server = Date.parse(answer.body.serverTime);
    if (Number.isNaN(server)) return 0;
    this.#clock.add({ sent, received: this.#clock.steady(), server });
    this.sale.remaining = answer.body.remaining;
    this.sale.isPaused = answer.body.phase === "paused";
    if (answer.body.phase !== phaseNow(this.sale, server) && !this.#isNearTurn(server)) await this.#readAll();
    this.#onNews();
    return 0;
  }

  #isNearTurn(server: number): boolean {
    return [this.sale.startsAt, this.sale.endsAt].some((turn) => Math.abs(turn - server) < DISAGREE_MAX_MS);
  }

  /** Somebody has changed the sale's times. */
  async #readAll(): Promise<void> {
    const answer = await call<SaleBody>("GET", `/api/spikes/${this.#id}`);
    if (!answer.ok) return;
    const { startsAt, endsAt, stock } = answer.body;
    Object.assign(this.sale, { startsAt: Date.parse(startsAt), endsAt: Date.parse(endsAt), stock });
  }
}
