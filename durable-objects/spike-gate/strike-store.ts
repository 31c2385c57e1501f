import { hash32 } from "../../workers/shared/hash-ring.ts";
import type { RedisClient } from "../../workers/shared/redis/client.ts";
import {
  type Command,
  pexpireat,
  zincrby,
  zkeepHighest,
  zmscore,
  zrem,
} from "../../workers/shared/redis/commands.ts";
import { STRIKE_HALF_LIFE_MS } from "../../workers/shared/strikes.ts";

/**
 * Strikes are kept as if none were ever forgotten, in units that grow instead: a strike counts twice what one a
 * half-life before it did (forward decay, Cormode et al., 2009). So gates only ever add, and what is left at some
 * moment is a division. Before the numbers grow too large, after so many milliseconds, an era with new keys begins.
 */
export const ERA_MS = 60 * STRIKE_HALF_LIFE_MS;
/** How long an era's strikes are looked at after its end: after 20 half-lives a million of them are one. */
const LINGER_MS = 20 * STRIKE_HALF_LIFE_MS;

/** Keys that an era's strikes are spread over, so that several nodes can share them. */
const SHARDS = 16;
/** Subjects in one of them, the worst: more than a sale has bots, some 150 bytes each. */
export const SHARD_SUBJECTS_MAX = 20_000;

/** What a gate has to say of a subject, and wants to hear. */
export interface StrikeNews {
  /** `user:<id>` or `ip:<network>`. */
  key: string;
  /** Strikes that were not told yet, as many as are left of them now; 0 only asks. */
  count: number;
  /** Everything before is to be forgotten. */
  isReset: boolean;
}

/** What one shard is told in one call; the same however often it is repeated. */
export interface Telling {
  shard: number;
  news: readonly StrikeNews[];
  /** When the news was counted, epoch milliseconds. */
  at: number;
  /** Of the call. */
  id: string;
}

export const shardOf = (key: string): number => hash32(key) % SHARDS;

/** The calls that news of `now` (epoch milliseconds) makes, one for each shard concerned. */
export function tellingsOf(news: readonly StrikeNews[], now: number): Telling[] {
  const byShard = Map.groupBy(news, ({ key }) => shardOf(key));
  return [...byShard].map(([shard, told]) => ({ shard, news: told, at: now, id: crypto.randomUUID() }));
}

/** All strikes of all sales, in Edge Redis. Moments are epoch milliseconds. */
export class StrikeStore {
  readonly #redis: RedisClient;

  constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  /**
   * Adds the strikes and answers how many each subject had at that moment, in their order. Told again, they count
   * once as long as Redis remembers the call (docs/decisions/165), and as much as they did at their moment.
   * @throws RedisReplyError for what Redis refuses; every other error leaves open what happened.
   */
  async tell({ shard, news, at: now, id }: Telling): Promise<number[]> {
    const era = Math.floor(now / ERA_MS);
    const [current, former] = [keyOf(era, shard), keyOf(era - 1, shard)];
    const keys = news.map(({ key }) => key);
    /** What one strike of this moment counts in units of the era's beginning. */
    const unit = 2 ** ((now - era * ERA_MS) / STRIKE_HALF_LIFE_MS);
    const reset = news.filter(({ isReset }) => isReset).map(({ key }) => key);
    const changes: Command<unknown>[] = [
      ...(reset.length > 0 ? [zrem(current, reset), zrem(former, reset)] : []),
      ...news.filter(({ count }) => count > 0).map(({ key, count }) => zincrby(current, count * unit, key)),
      zkeepHighest(current, SHARD_SUBJECTS_MAX),
      pexpireat(current, (era + 1) * ERA_MS + LINGER_MS),
    ];
    const [scores, formerScores] = await this.#redis.pipeline(
      [zmscore(current, keys), zmscore(former, keys), ...changes],
      id,
    );
    return news.map(({ count, isReset }, index) => {
      if (isReset) return count;
      const ofFormer = (formerScores[index] ?? 0) / 2 ** (ERA_MS / STRIKE_HALF_LIFE_MS);
      return ((scores[index] ?? 0) + ofFormer) / unit + count;
    });
  }
}

const keyOf = (era: number, shard: number) => `{strikes:${shard}}:${era}`;
