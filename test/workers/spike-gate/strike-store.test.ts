import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import {
  CALL_LOST_MS,
  EXCHANGE_MAX,
  EXCHANGE_PAUSE_MS,
  StrikeExchange,
} from "../../../durable-objects/spike-gate/strike-exchange.ts";
import { StrikeKeeper } from "../../../durable-objects/spike-gate/strike-keeper.ts";
import {
  ERA_MS,
  shardOf,
  type StrikeNews,
  StrikeStore,
  type Telling,
  tellingsOf,
} from "../../../durable-objects/spike-gate/strike-store.ts";
import { command } from "../../../workers/shared/redis/commands.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";
import { RedisReplyError } from "../../../workers/shared/redis/replies.ts";
import { STRIKE_HALF_LIFE_MS, type Subject } from "../../../workers/shared/strikes.ts";

const redis = openRedis(env);
const store = new StrikeStore(redis);
const BOUNDS = { strikesBeforeChallenge: 5, strikesBeforeBlacklist: 20, blacklistSeconds: 600 };
/** Beyond today, so that nothing that is kept has ended. */
const ERA_START = 600_000 * ERA_MS;

let subjects = 0;
const somebody = (): Subject => ({ kind: "user", value: `u${++subjects}` });
const keyOf = ({ kind, value }: Subject) => `${kind}:${value}`;
const news = (key: string, count: number, isReset = false): StrikeNews => ({ key, count, isReset });
/** Tells Redis; the totals by key. */
async function tell(all: readonly StrikeNews[], now: number): Promise<Map<string, number>> {
  const totals = new Map<string, number>();
  for (const telling of tellingsOf(all, now)) {
    const ofShard = await store.tell(telling);
    for (const [index, { key }] of telling.news.entries()) totals.set(key, ofShard[index] as number);
  }
  return totals;
}
const strikesOf = async (key: string, now: number) => (await tell([news(key, 0)], now)).get(key) ?? 0;
const exchangeOf = (keeper: StrikeKeeper) => new StrikeExchange(keeper, store, () => ERA_START);

const strikes = (subject: Subject, count: number) => ({
  ...{ subject, count, reason: "bad_token" as const, accounts: 0 },
});

/** A gate at `clock.now`, its calls, and what became of each: `next` decides. */
function gate() {
  const clock = { now: ERA_START };
  const keeper = new StrikeKeeper();
  const next: ((telling: Telling) => Promise<number[]>)[] = [];
  const tellNext = vi.fn((telling: Telling) => (next.shift() ?? ((t) => store.tell(t)))(telling));
  const exchange = new StrikeExchange(keeper, { tell: tellNext }, () => clock.now);
  const strike = (subject: Subject, count: number) =>
    keeper.strike(strikes(subject, count), BOUNDS, clock.now);
  const standing = (subject: Subject) => keeper.standingOf(subject, clock.now).strikes;
  return { clock, keeper, next, calls: tellNext.mock.calls, exchange, strike, standing };
}

const lost = () => Promise.reject<number[]>(new Error("the object is away"));
const answerLost = async (telling: Telling) => {
  await store.tell(telling);
  return await lost();
};

it("adds up what several gates tell, in their order, and forgets half in a half-life", async () => {
  const [a, b] = [keyOf(somebody()), keyOf(somebody())];
  const total = (ofA: number, ofB: number) =>
    new Map([
      [a, ofA],
      [b, ofB],
    ]);
  expect(await tell([news(a, 3), news(b, 1)], ERA_START)).toEqual(total(3, 1));
  expect(await tell([news(b, 0), news(a, 2)], ERA_START)).toEqual(total(5, 1));
  const later = ERA_START + STRIKE_HALF_LIFE_MS;
  expect(await strikesOf(a, later)).toBeCloseTo(2.5, 9);
  expect((await tell([news(a, 1)], later)).get(a)).toBeCloseTo(3.5, 9);
});

it("goes on counting across the end of an era", async () => {
  const key = keyOf(somebody());
  const before = ERA_START + ERA_MS - 1;
  await tell([news(key, 8)], before);
  expect(await strikesOf(key, before + STRIKE_HALF_LIFE_MS)).toBeCloseTo(4, 9);
  await tell([news(key, 1)], before + STRIKE_HALF_LIFE_MS);
  expect(await strikesOf(key, before + 2 * STRIKE_HALF_LIFE_MS)).toBeCloseTo(2.5, 9);
});

it("forgets what came before a reset, and nothing that came with it", async () => {
  const key = keyOf(somebody());
  await tell([news(key, 8)], ERA_START - 1);
  await tell([news(key, 8)], ERA_START);
  expect((await tell([news(key, 2, true)], ERA_START)).get(key)).toBe(2);
  expect(await strikesOf(key, ERA_START)).toBeCloseTo(2, 9);
});

it("leaves nothing for ever", async () => {
  await tell([news(keyOf(somebody()), 1)], Date.now());
  const keys = (await redis.run(command(["KEYS", "{strikes:*"]))) as string[];
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(await redis.run(command(["PTTL", key]))).toBeGreaterThan(0);
});

it("brings strikes from one gate to another, and to one that was lost", async () => {
  const subject = somebody();
  const report = strikes(subject, 4);
  const [one, other] = [new StrikeKeeper(), new StrikeKeeper()];
  one.strike(report, BOUNDS, ERA_START);
  await exchangeOf(one).exchange();
  other.strike({ ...report, count: 1 }, BOUNDS, ERA_START);
  expect(other.standingOf(subject, ERA_START).strikes).toBe(1);
  await exchangeOf(other).exchange();
  expect(other.standingOf(subject, ERA_START).strikes).toBeCloseTo(5, 9);
});

it("starts anew after a bar, for all gates", async () => {
  const subject = somebody();
  const keeper = new StrikeKeeper();
  const report = strikes(subject, 20);
  const exchange = exchangeOf(keeper);
  keeper.strike(report, BOUNDS, ERA_START);
  await exchange.exchange();
  expect(keeper.strike({ ...report, count: 1 }, BOUNDS, ERA_START)).not.toBeNull();
  await exchange.exchange();
  expect(await strikesOf(keyOf(subject), ERA_START)).toBe(0);
});

it.each([
  ["did not happen", lost],
  ["happened, and only its answer was lost", answerLost],
])("repeats a call that %s as it was, and tells what came meanwhile once", async (_what, first) => {
  const { clock, keeper, next, calls, exchange, strike, standing } = gate();
  const subject = somebody();
  strike(subject, 2);
  next.push(first);
  await exchange.exchange();
  strike(subject, 2);
  expect(standing(subject)).toBe(4);
  clock.now += EXCHANGE_PAUSE_MS;
  expect(exchange.isDue).toBe(true);
  await exchange.exchange();
  expect(calls.map(([{ id }]) => id)).toEqual([calls[0]?.[0].id, calls[0]?.[0].id]);
  clock.now += EXCHANGE_PAUSE_MS;
  await exchange.exchange();
  const left = 4 * 2 ** (-(2 * EXCHANGE_PAUSE_MS) / STRIKE_HALF_LIFE_MS);
  expect(await strikesOf(keyOf(subject), clock.now)).toBeCloseTo(left, 9);
  expect(standing(subject)).toBeCloseTo(left, 9);
  expect([keeper.hasNews, exchange.isDue]).toEqual([false, false]);
});

it("repeats only what was on a shard that was away, and goes on with the others", async () => {
  const { next, calls, exchange, strike } = gate();
  const all = Array.from({ length: 40 }, somebody);
  for (const subject of all) strike(subject, 1);
  next.push(lost);
  await exchange.exchange();
  const away = calls[0]?.[0] as Telling;
  const onOther = all.find((subject) => shardOf(keyOf(subject)) !== away.shard) as Subject;
  const first = calls.length;
  strike(onOther, 1);
  await exchange.exchange();
  const repeated = new Set(calls.slice(first).map(([{ shard }]) => shard));
  expect(repeated).toEqual(new Set([away.shard, shardOf(keyOf(onOther))]));
  for (const subject of all) {
    expect(await strikesOf(keyOf(subject), ERA_START)).toBeCloseTo(subject === onOther ? 2 : 1, 9);
  }
});

it("repeats a call that hangs, and lets its late answer change nothing", async () => {
  const { clock, next, calls, exchange, strike, standing } = gate();
  const subject = somebody();
  strike(subject, 2);
  const { promise, resolve } = Promise.withResolvers<number[]>();
  next.push(() => promise);
  const hanging = exchange.exchange();
  clock.now += CALL_LOST_MS - 1;
  await exchange.exchange();
  expect(calls).toHaveLength(1);
  clock.now += 1;
  await exchange.exchange();
  expect(calls).toHaveLength(2);
  const before = standing(subject);
  resolve([15]);
  await hanging;
  expect(standing(subject)).toBe(before);
});

it("takes an answer that comes late for what it was when it was told", async () => {
  const { clock, next, exchange, strike, standing } = gate();
  const subject = somebody();
  strike(subject, 2);
  next.push(async (telling) => {
    clock.now += STRIKE_HALF_LIFE_MS;
    strike(subject, 1);
    return await store.tell(telling);
  });
  await exchange.exchange();
  expect(standing(subject)).toBeCloseTo(2, 9);
});

it("does not tell again what Redis refuses", async () => {
  const { clock, next, calls, exchange, strike } = gate();
  strike(somebody(), 1);
  next.push(() => Promise.reject(new RedisReplyError("OOM command not allowed")));
  await exchange.exchange();
  clock.now += EXCHANGE_PAUSE_MS;
  expect(exchange.isDue).toBe(false);
  expect(calls).toHaveLength(1);
});

it("is due at most once a second, and only with news", async () => {
  const { clock, exchange, strike } = gate();
  expect(exchange.isDue).toBe(false);
  strike(somebody(), 1);
  expect(exchange.isDue).toBe(true);
  await exchange.exchange();
  strike(somebody(), 1);
  clock.now += EXCHANGE_PAUSE_MS - 1;
  expect(exchange.isDue).toBe(false);
  clock.now += 1;
  expect(exchange.isDue).toBe(true);
});

it("tells of so many subjects at a time, and of the others next", async () => {
  const { calls, keeper, exchange, strike } = gate();
  for (let i = 0; i <= EXCHANGE_MAX; i++) strike(somebody(), 1);
  const told = () => calls.reduce((sum, [{ news: ofShard }]) => sum + ofShard.length, 0);
  await exchange.exchange();
  expect([told(), keeper.hasNews]).toEqual([EXCHANGE_MAX, true]);
  await exchange.exchange();
  expect([told(), keeper.hasNews]).toEqual([EXCHANGE_MAX + 1, false]);
});
