import { inParallel } from "../../workers/shared/in-parallel.ts";
import { log, messageOf } from "../../workers/shared/log.ts";
import { poolStatuses } from "../../workers/shared/pool.ts";
import type { StockStatus } from "../../workers/shared/spike.ts";
import { withTimeLimit } from "../../workers/shared/time-limit.ts";
import type { Ledger } from "./ledger.ts";
import type { Exchange, ReserveReply, ReserveRequest, ReserveResult } from "./messages.ts";

/** Longest a purchase waits for units of other ledgers, in milliseconds; then it is told to come again. */
export const GATHER_PATIENCE_MS = 800;
/** Longest one ledger waits for another's answer, in milliseconds: two of them fit into that patience. */
export const EXCHANGE_PATIENCE_MS = 350;
/**
 * How long a ledger goes by what the others said they have, in milliseconds. A crowd that comes to a sale that is
 * sold out asks each other ledger twice a second and no more; what comes back there is seen this much later.
 */
export const ELSEWHERE_FRESH_MS = 500;
/** Others asked at the same moment. */
const EXCHANGES_AT_ONCE = 8;
/** Rounds of questions one purchase waits for. */
const ROUNDS_MAX = 2;

export interface NeighbourDependencies {
  ledger: Ledger;
  /** Speaks to another ledger of the sale, by its number. */
  exchange: (stripe: number, exchange: Exchange) => Promise<StockStatus>;
  /** Epoch milliseconds. */
  now: () => number;
}

/**
 * What a ledger does about the others of its sale: it asks them for units when it runs dry, and tells them of
 * those it has given them. What moves is decided in transactions of the two ledgers; here is only the asking.
 *
 * "Sold out" may be said when nothing is left anywhere. So who asks for more than is here waits, for a bounded
 * time, for the others to give; and when they cannot all be heard the answer is "come again", never "sold out".
 */
export class Neighbours {
  readonly #deps: NeighbourDependencies;
  /** The round of questions that is under way. */
  #asking: Promise<void> | null = null;
  /** Units that those who wait need in all. */
  #wanted = 0;
  /** Units in the other ledgers and on their way, null when not all could say; and when that was. */
  #elsewhere: { units: number | null; at: number } | null = null;
  /** What each of the others had when it was last heard; -1 for one that did not answer. */
  readonly #had = new Map<number, number>();

  constructor(dependencies: NeighbourDependencies) {
    this.#deps = dependencies;
  }

  /** Another ledger speaks; gives it what it wants of what is here. */
  hear(exchange: Exchange): StockStatus {
    const { ledger } = this.#deps;
    const { from } = exchange;
    const given = () => ledger.messageTo(from, 0).given;
    const before = given();
    const status = ledger.exchange(this.#keepsFrom(from) ? { ...exchange, wants: 0 } : exchange);
    // What was here is elsewhere now, so what is known of elsewhere is too little.
    if (given() > before) this.#elsewhere = null;
    return status;
  }

  /** Whether what is here is too little for those who wait, so that none of it should be given to this ledger. */
  #keepsFrom(stripe: number): boolean {
    const { ledger } = this.#deps;
    // Of two that gather at once one must yield, or each could take from the other for ever.
    return stripe > ledger.ref.stripe && ledger.available < this.#wanted;
  }

  /** Decides those of the requests again that found too little here, after the others were asked for units. */
  async complete(requests: readonly ReserveRequest[], reply: ReserveReply): Promise<ReserveReply> {
    const short = [...requests.keys()].filter((i) => isSoldOut(reply.results[i]));
    if (short.length === 0) return reply;
    const again = short.map((i) => requests[i] as ReserveRequest);
    const quantities = again.map(({ quantity }) => quantity);
    await this.gather(
      quantities.reduce((units, quantity) => units + quantity),
      Math.min(...quantities),
    );
    const { results, status } = this.#deps.ledger.reserve(again);
    const all = [...reply.results];
    short.forEach((i, n) => {
      const result = results[n] as ReserveResult;
      all[i] = isSoldOut(result) && !this.#isNowhere(quantities[n] ?? 0) ? COME_AGAIN : result;
    });
    return { results: all, status };
  }

  /**
   * Tries to have this many units here, of which `least` would be of use already. Returns after
   * GATHER_PATIENCE_MS at the latest, whatever came of it.
   */
  async gather(units: number, least = units): Promise<void> {
    this.#wanted += units;
    try {
      await withTimeLimit(this.#askRepeatedly(units, least), GATHER_PATIENCE_MS, "Gathering units");
    } catch (error) {
      log.warn("units_not_gathered", { ...this.#deps.ledger.ref, units, message: messageOf(error) });
    } finally {
      this.#wanted -= units;
    }
  }

  /** Tells these ledgers what they were given; who cannot be reached is told again by the alarm. */
  async tell(stripes: readonly number[]): Promise<void> {
    this.#elsewhere = null;
    await inParallel(stripes, EXCHANGES_AT_ONCE, async (stripe) => void (await this.#exchange(stripe, 0)));
  }

  /** Who comes while the others are being asked may need one more round. */
  async #askRepeatedly(units: number, least: number): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const { ledger } = this.#deps;
      if (ledger.available >= units || this.#isNowhere(least) || this.#nobodySpeaks) return;
      await (this.#asking ??= this.#ask().finally(() => (this.#asking = null)));
    }
  }

  /** Asks who had most first, and the others, several at a time, while that is not enough. */
  async #ask(): Promise<void> {
    const { ledger, now } = this.#deps;
    const had = (stripe: number) => this.#had.get(stripe) ?? Number.POSITIVE_INFINITY;
    const [first, ...rest] = ledger.others.toSorted((a, b) => had(b) - had(a));
    const said: StockStatus[] = [];
    const askOne = async (stripe: number) => {
      const missing = this.#wanted - ledger.available;
      const status = missing > 0 ? await this.#exchange(stripe, missing) : null;
      if (status) said[stripe] = status;
    };
    if (first !== undefined) await askOne(first);
    await inParallel(rest, EXCHANGES_AT_ONCE, askOne);
    const own = (said[ledger.ref.stripe] = ledger.status());
    if (ledger.others.every((stripe) => said[stripe])) {
      this.#elsewhere = { units: poolStatuses(said).available - own.available, at: now() };
    } else {
      // Not all could say; or they were not all asked, because there is enough here now.
      this.#elsewhere = this.#wanted > own.available ? { units: null, at: now() } : null;
    }
  }

  async #exchange(stripe: number, wants: number): Promise<StockStatus | null> {
    const { ledger, exchange } = this.#deps;
    try {
      const asking = exchange(stripe, ledger.messageTo(stripe, wants));
      const status = await withTimeLimit(asking, EXCHANGE_PATIENCE_MS, "Another ledger");
      ledger.answered(stripe, status);
      this.#had.set(stripe, status.available);
      return status;
    } catch (error) {
      this.#had.set(stripe, -1);
      log.warn("ledger_not_heard", { ...ledger.ref, other: stripe, message: messageOf(error) });
      return null;
    }
  }

  /** Whether so many units are certainly not to be had in the whole sale. */
  #isNowhere(quantity: number): boolean {
    const units = this.#fresh?.units ?? Number.POSITIVE_INFINITY;
    return quantity > this.#deps.ledger.available + units;
  }

  /** Whether the others were asked a moment ago and did not all answer. */
  get #nobodySpeaks(): boolean {
    return this.#fresh?.units === null;
  }

  get #fresh() {
    const isFresh = this.#elsewhere && this.#deps.now() - this.#elsewhere.at < ELSEWHERE_FRESH_MS;
    return isFresh ? this.#elsewhere : null;
  }
}

const COME_AGAIN = { ok: false, code: "overloaded" } as const;

const isSoldOut = (result: ReserveResult | undefined) => result?.ok === false && result.code === "sold_out";
