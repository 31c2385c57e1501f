import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import {
  EXCHANGE_MAX,
  EXCHANGE_PAUSE_MS,
  StrikeExchange,
} from "../../../durable-objects/spike-gate/strike-exchange.ts";
import { StrikeKeeper } from "../../../durable-objects/spike-gate/strike-keeper.ts";
import { ERA_MS, type StrikeNews, StrikeStore } from "../../../durable-objects/spike-gate/strike-store.ts";
import { command } from "../../../workers/shared/redis/commands.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";
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
const strikesOf = async (key: string, now: number) => (await store.exchange([news(key, 0)], now))[0] ?? 0;

it("adds up what several gates tell, in their order, and forgets half in a half-life", async () => {
  const [a, b] = [keyOf(somebody()), keyOf(somebody())];
  expect(await store.exchange([news(a, 3), news(b, 1)], ERA_START)).toEqual([3, 1]);
  expect(await store.exchange([news(b, 0), news(a, 2)], ERA_START)).toEqual([1, 5]);
  const later = ERA_START + STRIKE_HALF_LIFE_MS;
  expect(await strikesOf(a, later)).toBeCloseTo(2.5, 9);
  expect(await store.exchange([news(a, 1)], later)).toEqual([expect.closeTo(3.5, 9)]);
});

it("goes on counting across the end of an era", async () => {
  const key = keyOf(somebody());
  const before = ERA_START + ERA_MS - 1;
  await store.exchange([news(key, 8)], before);
  expect(await strikesOf(key, before + STRIKE_HALF_LIFE_MS)).toBeCloseTo(4, 9);
  await store.exchange([news(key, 1)], before + STRIKE_HALF_LIFE_MS);
  expect(await strikesOf(key, before + 2 * STRIKE_HALF_LIFE_MS)).toBeCloseTo(2.5, 9);
});

it("forgets what came before a reset, and nothing that came with it", async () => {
  const key = keyOf(somebody());
  await store.exchange([news(key, 8)], ERA_START - 1);
  await store.exchange([news(key, 8)], ERA_START);
  expect(await store.exchange([news(key, 2, true)], ERA_START)).toEqual([2]);
  expect(await strikesOf(key, ERA_START)).toBeCloseTo(2, 9);
});

it("leaves nothing for ever", async () => {
  await store.exchange([news(keyOf(somebody()), 1)], Date.now());
  const keys = (await redis.run(command(["KEYS", "{strikes:*"]))) as string[];
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(await redis.run(command(["PTTL", key]))).toBeGreaterThan(0);
});

it("brings strikes from one gate to another, and to one that was lost", async () => {
  const subject = somebody();
  const report = { subject, count: 4, reason: "bad_token" as const, accounts: 0 };
  const [one, other] = [new StrikeKeeper(), new StrikeKeeper()];
  one.strike(report, BOUNDS, ERA_START);
  await new StrikeExchange(one, store).exchange(ERA_START);
  other.strike({ ...report, count: 1 }, BOUNDS, ERA_START);
  expect(other.standingOf(subject, ERA_START).strikes).toBe(1);
  await new StrikeExchange(other, store).exchange(ERA_START);
  expect(other.standingOf(subject, ERA_START).strikes).toBeCloseTo(5, 9);
});

it("starts anew after a bar, for all gates", async () => {
  const subject = somebody();
  const keeper = new StrikeKeeper();
  const report = { subject, count: 20, reason: "bad_token" as const, accounts: 0 };
  const exchange = new StrikeExchange(keeper, store);
  keeper.strike(report, BOUNDS, ERA_START);
  await exchange.exchange(ERA_START);
  expect(keeper.strike({ ...report, count: 1 }, BOUNDS, ERA_START)).not.toBeNull();
  await exchange.exchange(ERA_START);
  expect(await strikesOf(keyOf(subject), ERA_START)).toBe(0);
});

it("keeps what could not be told, counts meanwhile, and tells it once", async () => {
  const subject = somebody();
  const keeper = new StrikeKeeper();
  const report = { subject, count: 2, reason: "bad_token" as const, accounts: 0 };
  const tell = vi.fn((...args: Parameters<StrikeStore["exchange"]>) => store.exchange(...args));
  tell.mockResolvedValueOnce([null]);
  const exchange = new StrikeExchange(keeper, { exchange: tell });
  keeper.strike(report, BOUNDS, ERA_START);
  await exchange.exchange(ERA_START);
  keeper.strike(report, BOUNDS, ERA_START);
  expect(keeper.standingOf(subject, ERA_START).strikes).toBe(4);
  await exchange.exchange(ERA_START);
  expect(await strikesOf(keyOf(subject), ERA_START)).toBeCloseTo(4, 9);
  expect(keeper.hasNews).toBe(false);
});

it("tells again only what was on a shard that was away", async () => {
  const keys = Array.from({ length: 40 }, () => keyOf(somebody()));
  const all = keys.map((key) => news(key, 1));
  let calls = 0;
  const halting = new StrikeStore({
    pipeline: (...args: Parameters<typeof redis.pipeline>) =>
      ++calls === 1 ? Promise.reject(new Error("the object is away")) : redis.pipeline(...args),
  } as typeof redis);
  const totals = await halting.exchange(all, ERA_START);
  const untold = all.filter((_, index) => totals[index] === null);
  expect(untold.length).toBeGreaterThan(0);
  expect(untold.length).toBeLessThan(all.length);
  await halting.exchange(untold, ERA_START);
  for (const key of keys) expect(await strikesOf(key, ERA_START)).toBeCloseTo(1, 9);
});

it("is due at most once a second, and only with news", async () => {
  const keeper = new StrikeKeeper();
  const exchange = new StrikeExchange(keeper, { exchange: async (told) => told.map(({ count }) => count) });
  const strike = () =>
    keeper.strike({ subject: somebody(), count: 1, reason: "bad_token", accounts: 0 }, BOUNDS, ERA_START);
  expect(exchange.isDue(ERA_START)).toBe(false);
  strike();
  expect(exchange.isDue(ERA_START)).toBe(true);
  await exchange.exchange(ERA_START);
  strike();
  expect(exchange.isDue(ERA_START + EXCHANGE_PAUSE_MS - 1)).toBe(false);
  expect(exchange.isDue(ERA_START + EXCHANGE_PAUSE_MS)).toBe(true);
});

it("tells of so many subjects at a time, and of the others next", async () => {
  const keeper = new StrikeKeeper();
  for (let i = 0; i <= EXCHANGE_MAX; i++) {
    keeper.strike({ subject: somebody(), count: 1, reason: "bad_token", accounts: 0 }, BOUNDS, ERA_START);
  }
  expect(keeper.takeNews(EXCHANGE_MAX, ERA_START)).toHaveLength(EXCHANGE_MAX);
  expect(keeper.takeNews(EXCHANGE_MAX, ERA_START)).toHaveLength(1);
  expect(keeper.hasNews).toBe(false);
});
