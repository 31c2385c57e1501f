import type { Position } from "./cursor.ts";
import type { RedisClient } from "./redis/client.ts";
import { get, hdel, hmget, hset, set, zadd, zrange, zrem } from "./redis/commands.ts";
import { type Subject, subjectKey } from "./strikes.ts";

/** A barred account or address. */
export interface BlacklistEntry extends Subject {
  reason: string;
  /** Epoch milliseconds; null for good. */
  expiresAt: number | null;
  createdAt: number;
  /** An admin's user id, or `system`. */
  createdBy: string;
}

/** Entries that one call adds or removes. */
export const ENTRIES_PER_CALL_MAX = 1_000;
/** Entries made in the same millisecond that a page's end can stand among. */
const SAME_MOMENT_MAX = 5_000;
/** Times that entries are added anew because others changed the same ones meanwhile. */
const ADD_ATTEMPTS_MAX = 3;

/** All on one node, so that a transaction can change them together. Members are `user:<id>` and `ip:<network>`. */
const ENTRIES = "{blacklist}:entries";
const UNTIL = "{blacklist}:until";
const CREATED = "{blacklist}:created";
/** Another one after each change, so that who has the list need not read it again. */
const VERSION = "{blacklist}:version";

const endOf = ({ expiresAt }: Pick<BlacklistEntry, "expiresAt">) => expiresAt ?? Infinity;

/** The blacklist in Edge Redis. Moments are epoch milliseconds; an entry that has run out is no entry. */
export class Blacklist {
  readonly #redis: RedisClient;

  constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  async find(subject: Subject, now: number): Promise<BlacklistEntry | null> {
    const [entry] = await this.#read([subjectKey(subject)]);
    return entry && endOf(entry) > now ? entry : null;
  }

  /** Entries in force, the newest first, at most `limit` of those older than `before`. */
  async page(before: Position | null, limit: number, now: number): Promise<BlacklistEntry[]> {
    await this.purge(now);
    const [same, older] = await this.#redis.pipeline([
      zrange(CREATED, {
        min: before?.at ?? Infinity,
        max: before?.at ?? Infinity,
        reverse: true,
        limit: SAME_MOMENT_MAX,
      }),
      zrange(CREATED, { min: -Infinity, max: before ? `(${before.at}` : Infinity, reverse: true, limit }),
    ]);
    const rest = before ? same.filter(([member]) => member < before.id) : [];
    const members = [...rest, ...older].slice(0, limit).map(([member]) => member);
    return (await this.#read(members)).filter((entry) => entry !== null);
  }

  /** Until when whom is barred: at most `limit`, those who are barred longest. */
  async inForce(limit: number, now: number): Promise<Map<string, number>> {
    return new Map(
      await this.#redis.run(zrange(UNTIL, { min: `(${now}`, max: Infinity, reverse: true, limit })),
    );
  }

  /** Another one than before when anything has changed; null while nothing ever has. */
  version(): Promise<string | null> {
    return this.#redis.run(get(VERSION));
  }

  /** Adds an entry, or replaces the one there is. */
  async put(entry: BlacklistEntry): Promise<void> {
    await this.#redis.transaction(writing([entry]));
  }

  async remove(subject: Subject): Promise<void> {
    await this.#redis.transaction(removing([subjectKey(subject)]));
  }

  /**
   * Adds entries that nobody wrote by hand: one that is in force already is only ever made longer, and keeps its
   * reason. At most ENTRIES_PER_CALL_MAX, each for another subject. Doing it again changes nothing.
   * @throws Error when others keep changing the same ones.
   */
  async add(entries: readonly BlacklistEntry[], now: number): Promise<void> {
    if (entries.length === 0) return;
    for (let attempt = 1; attempt <= ADD_ATTEMPTS_MAX; attempt++) {
      const seen = await this.#redis.observe(hmget(ENTRIES, entries.map(subjectKey)));
      const written = entries.flatMap((entry, index) => merged(parsed(seen.value[index]), entry, now));
      if (written.length === 0) return;
      if (await this.#redis.transaction(writing(written), { ifStill: [seen] })) return;
    }
    throw new Error("The blacklist is being changed by others");
  }

  /** Removes what has run out, a bounded number at a time, unless it is renewed meanwhile. */
  async purge(now: number): Promise<void> {
    const expired = { min: -Infinity, max: now, limit: ENTRIES_PER_CALL_MAX };
    const seen = await this.#redis.observe(zrange(UNTIL, expired));
    if (seen.value.length === 0) return;
    await this.#redis.transaction(removing(seen.value.map(([member]) => member)), { ifStill: [seen] });
  }

  async #read(members: string[]): Promise<(BlacklistEntry | null)[]> {
    if (members.length === 0) return [];
    return (await this.#redis.run(hmget(ENTRIES, members))).map(parsed);
  }
}

function writing(entries: readonly BlacklistEntry[]) {
  return [
    hset(ENTRIES, Object.fromEntries(entries.map((entry) => [subjectKey(entry), JSON.stringify(entry)]))),
    zadd(
      UNTIL,
      entries.map((entry) => [subjectKey(entry), endOf(entry)]),
    ),
    zadd(
      CREATED,
      entries.map((entry) => [subjectKey(entry), entry.createdAt]),
    ),
    set(VERSION, crypto.randomUUID()),
  ];
}

const removing = (members: readonly string[]) => [
  hdel(ENTRIES, members),
  zrem(UNTIL, members),
  zrem(CREATED, members),
  set(VERSION, crypto.randomUUID()),
];

/** What to write for an entry that meets another of the same subject; nothing when that is as long. */
function merged(current: BlacklistEntry | null, entry: BlacklistEntry, now: number): BlacklistEntry[] {
  if (!current || endOf(current) <= now) return [entry];
  return endOf(current) >= endOf(entry) ? [] : [{ ...current, expiresAt: entry.expiresAt }];
}

const parsed = (json: string | null | undefined): BlacklistEntry | null =>
  json === null || json === undefined ? null : (JSON.parse(json) as BlacklistEntry);
