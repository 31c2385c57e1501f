import { jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { ARRIVALS, BURST_EARLY_MS, scheduleArrivals } from "../../../bench/load/arrivals.ts";
import { Doors } from "../../../bench/load/doors.ts";
import { rateOf, soldOutAfter } from "../../../bench/load/figures.ts";
import type { Answer } from "../../../bench/load/http-client.ts";
import { Measures, type SecondOfSale } from "../../../bench/load/measures.ts";
import { addressOf, mintPeople, PEOPLE_MAX, signingKeyOf } from "../../../bench/load/people.ts";
import { randomStream } from "../../../bench/load/random.ts";
import { readReply } from "../../../bench/load/replies.ts";
import { orderOf, STARTS_AT } from "./evidence.ts";

describe("arrivals", () => {
  const WINDOW_MS = 10_000;
  const schedule = (arrival: (typeof ARRIVALS)[number], seed: number) =>
    scheduleArrivals(arrival, 5_000, WINDOW_MS, randomStream(seed, "arrivals"));

  it.each(ARRIVALS)("%s is fixed by the seed, in order and inside the window", (arrival) => {
    const moments = schedule(arrival, 1);
    expect(moments).toEqual(schedule(arrival, 1));
    expect(moments).not.toEqual(schedule(arrival, 2));
    expect(moments).toEqual(moments.toSorted());
    expect(moments[0]).toBeGreaterThanOrEqual(arrival === "burst" ? -BURST_EARLY_MS : 0);
    expect(moments.at(-1)).toBeLessThanOrEqual(WINDOW_MS);
  });

  it("differ in when the half of the crowd is there", () => {
    const half = (arrival: (typeof ARRIVALS)[number]) => schedule(arrival, 1)[2_500] as number;
    expect(half("burst")).toBeLessThan(WINDOW_MS / 5);
    expect(Math.abs(half("poisson") - WINDOW_MS / 2)).toBeLessThan(WINDOW_MS / 20);
    expect(Math.abs(half("ramp") - WINDOW_MS * Math.SQRT1_2)).toBeLessThan(WINDOW_MS / 20);
  });
});

describe("people", () => {
  it("have addresses of their own within 10.0.0.0/8", () => {
    expect([0, 1, 254, 255, 65_535, PEOPLE_MAX - 1].map(addressOf)).toEqual([
      "10.0.0.1",
      "10.0.0.2",
      "10.0.0.255",
      "10.0.1.0",
      "10.1.0.0",
      "10.255.255.254",
    ]);
  });

  it("hold tokens that the server's first key signed", async () => {
    const secret = Buffer.alloc(32, 7);
    const jwtKeys = `k2:${secret.toString("base64url")},k1:AAAA`;
    const people = await mintPeople(
      { count: 3, seed: 1, jwtKeys, sendAddresses: false },
      STARTS_AT,
      () => {},
    );
    expect(new Set(people.map((person) => person.userId)).size).toBe(3);
    for (const { userId, accessToken, address } of people) {
      const { payload, protectedHeader } = await jwtVerify(accessToken, secret, {
        currentDate: new Date(STARTS_AT),
      });
      expect(protectedHeader).toEqual({ alg: "HS256", kid: "k2" });
      expect(payload).toMatchObject({ sub: userId, role: "shopper", iat: STARTS_AT / 1000 });
      expect(payload["reg"]).toBeLessThan(STARTS_AT / 1000);
      expect(address).toBeUndefined();
    }
  });

  it.each(["", "nothing", ":key", "kid:"])("do not come with the keys %j", (keys) => {
    expect(() => signingKeyOf(keys)).toThrow("JWT_KEYS");
  });
});

describe("replies", () => {
  const answer = (
    status: number,
    code: string | null,
    retryAfterMs: number | null = null,
    body: unknown = {},
  ) => readReply({ status, code, retryAfterMs, body, waitedMs: 0, servedMs: 0 } satisfies Answer);

  it("tell a wait from a no", () => {
    expect(answer(202, null)).toMatchObject({ kind: "ok", status: 202 });
    expect(answer(429, "rate_limited", 700)).toEqual({ kind: "wait", code: "rate_limited", ms: 700 });
    expect(answer(503, "overloaded")).toEqual({ kind: "wait", code: "overloaded", ms: 1000 });
    expect(answer(409, "sold_out", 2000)).toEqual({ kind: "sold_out", retryAfterMs: 2000 });
    expect(answer(403, "invalid_spike_token")).toEqual({ kind: "bad_token" });
    expect(answer(410, "ended")).toMatchObject({ kind: "no", code: "ended" });
  });

  it("wait for the start by the server's clock", () => {
    const body = { startsAt: "2026-11-11T12:00:05.000Z", serverTime: "2026-11-11T12:00:01.500Z" };
    expect(answer(425, "too_early", 9_000, body)).toEqual({ kind: "wait", code: "too_early", ms: 3_500 });
    expect(answer(425, "too_early", 9_000)).toEqual({ kind: "wait", code: "too_early", ms: 9_000 });
  });

  it.each([
    [500, "internal_error"],
    [502, null],
    [404, "not_found"],
    [401, "unauthenticated"],
    [409, "idempotency_conflict"],
  ])("call %i %s unexpected", (status, code) => {
    expect(answer(status, code)).toMatchObject({ kind: "unexpected", status });
  });
});

describe("figures", () => {
  it("know to the millisecond when the last unit went", () => {
    const orders = [orderOf(0, "paid"), orderOf(5, "cancelled"), orderOf(9, "paid"), orderOf(1_200, "paid")];
    expect(soldOutAfter(orders, 3, STARTS_AT)).toBe(9);
    // The cancelled unit came back before the last order: three were never out at once after it.
    expect(soldOutAfter(orders, 4, STARTS_AT)).toBeNull();
    expect(soldOutAfter([], 1, STARTS_AT)).toBeNull();
  });

  it("average over the rush and find the best second", () => {
    const second = (at: number, wins: number): SecondOfSale => ({
      second: at,
      arrivals: 0,
      attempts: 0,
      wins,
      refusals: 0,
      broken: 0,
    });
    const timeline = [second(0, 30), second(1, 10), second(3, 500)];
    expect(rateOf(timeline, "wins", 1_500)).toEqual({ mean: 20, peak: 30 });
    expect(rateOf([], "wins", 0)).toEqual({ mean: 0, peak: 0 });
  });

  it("keep latencies and counts by second", () => {
    let now = 10_000;
    const measures = new Measures(11_000, () => now);
    measures.count("attempts");
    now = 11_999;
    measures.count("attempts");
    measures.refuse("sold_out", "bots");
    for (let ms = 1; ms <= 1000; ms++) measures.step("poll", ms);
    expect(measures.timeline().map(({ second, attempts, refusals }) => [second, attempts, refusals])).toEqual(
      [
        [-1, 1, 0],
        [0, 1, 1],
      ],
    );
    const { count, p50, p99, max } = measures.latencies().poll;
    expect(count).toBe(1000);
    expect(p50).toBeCloseTo(500, -1);
    expect(p99).toBeCloseTo(990, -1);
    expect(max).toBeCloseTo(1000, -1);
    expect(measures.refusals).toEqual({ people: new Map(), bots: new Map([["sold_out", 1]]) });
  });
});

it("lets everybody go when the doors close", async () => {
  const doors = new Doors();
  const waiting = Promise.all([doors.wait(3_600_000), doors.wait(3_600_000)]);
  doors.close();
  await waiting;
  await doors.wait(3_600_000);
  expect(doors.open).toBe(false);
});
