import { log, messageOf } from "../../workers/shared/log.ts";
import { RedisReplyError } from "../../workers/shared/redis/replies.ts";
import type { StrikeKeeper } from "./strike-keeper.ts";
import { shardOf, type StrikeStore, type Telling, tellingsOf } from "./strike-store.ts";

/** Shortest time between two exchanges of a gate, in milliseconds. */
export const EXCHANGE_PAUSE_MS = 1_000;
/** A call that takes longer than this was cut short, in milliseconds. */
export const CALL_LOST_MS = 10_000;
/** Subjects of one exchange; the others follow in the next. */
export const EXCHANGE_MAX = 500;

/**
 * Tells Redis the strikes that a gate has counted and takes back what others know, at most once a second and
 * without anybody waiting. Of a call that failed nobody knows whether it happened, so the same call is repeated
 * until it is answered; what is counted meanwhile on its shard is told afterwards.
 */
export class StrikeExchange {
  readonly #keeper: StrikeKeeper;
  readonly #store: Pick<StrikeStore, "tell">;
  readonly #now: () => number;
  #exchangedAt = -Infinity;
  /** What is not known to have happened, by shard. */
  readonly #undecided = new Map<number, Telling>();
  /** When those that are under way were called, epoch milliseconds, by shard. */
  readonly #calledAt = new Map<number, number>();

  /** @param now epoch milliseconds. */
  constructor(keeper: StrikeKeeper, store: Pick<StrikeStore, "tell">, now: () => number) {
    this.#keeper = keeper;
    this.#store = store;
    this.#now = now;
  }

  get isDue(): boolean {
    const hasWork = this.#keeper.hasNews || this.#undecided.size > 0;
    return hasWork && Math.abs(this.#now() - this.#exchangedAt) >= EXCHANGE_PAUSE_MS;
  }

  /** Never rejects. */
  async exchange(): Promise<void> {
    const now = this.#now();
    this.#exchangedAt = now;
    const isFree = (key: string) => !this.#undecided.has(shardOf(key));
    const news = this.#keeper.takeNews(EXCHANGE_MAX, now, isFree);
    for (const telling of tellingsOf(news, now)) this.#undecided.set(telling.shard, telling);
    const due = [...this.#undecided.values()].filter(({ shard }) => !this.#isUnderWay(shard, now));
    await Promise.all(due.map((telling) => this.#tell(telling, now)));
  }

  #isUnderWay(shard: number, now: number): boolean {
    return Math.abs(now - (this.#calledAt.get(shard) ?? -Infinity)) < CALL_LOST_MS;
  }

  async #tell(telling: Telling, calledAt: number): Promise<void> {
    const { shard, news } = telling;
    this.#calledAt.set(shard, calledAt);
    try {
      const totals = await this.#store.tell(telling);
      // Of a call that seemed lost and was repeated, the answer that came first counts.
      if (!this.#decide(telling)) return;
      for (const [index, { key }] of news.entries()) {
        this.#keeper.learn(key, totals[index] as number, telling.at, this.#now());
      }
    } catch (error) {
      // What Redis refuses it would refuse again.
      if (error instanceof RedisReplyError) this.#decide(telling);
      else if (this.#calledAt.get(shard) === calledAt) this.#calledAt.delete(shard);
      log.warn("strikes_not_exchanged", { shard, subjects: news.length, message: messageOf(error) });
    }
  }

  /** False when it was decided before. */
  #decide(telling: Telling): boolean {
    if (this.#undecided.get(telling.shard) !== telling) return false;
    this.#calledAt.delete(telling.shard);
    return this.#undecided.delete(telling.shard);
  }
}
