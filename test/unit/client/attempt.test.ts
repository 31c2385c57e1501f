import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Attempt,
  type AttemptEvent,
  type Effect,
  isUnderWay,
  NO_ATTEMPT,
  PAUSE_MAX_MS,
  PAUSE_MIN_MS,
  REST_MS,
  step,
  TRIES_MAX,
} from "../../../client/sale/attempt.ts";
import { mayBuy } from "../../../client/sale/may-buy.ts";
import { REFUSALS, type RefusalCode } from "../../../workers/shared/refusals.ts";

const NOW = 1_800_000_000_000;
const intent = { key: "k1", quantity: 1 };
const token = { token: "t1", expiresAt: NOW + 120_000 };

/** Sends events one after the other, all at NOW unless told. */
function run(events: AttemptEvent[], from: Attempt = NO_ATTEMPT, now = NOW) {
  let attempt = from;
  let effects: Effect[] = [];
  for (const event of events) ({ attempt, effects } = step(attempt, event, now));
  return { attempt, effects };
}

const buy: AttemptEvent = { type: "buy", intent };
const inLine = [buy, { type: "token", token }] satisfies AttemptEvent[];
const failed = (code: RefusalCode | "network", more: object = {}): AttemptEvent => ({
  type: "failed",
  code,
  ...more,
});

describe("an attempt to buy", () => {
  it("asks for a token, then for the stock, and holds what it gets", () => {
    expect(run([buy]).effects).toEqual([{ type: "remember_intent", intent }, { type: "ask_token" }]);
    expect(run(inLine).effects).toEqual([{ type: "ask_purchase", token: "t1", intent }]);
    const { attempt, effects } = run([...inLine, { type: "reserved", orderId: "o1", payBefore: NOW + 1 }]);
    expect(attempt).toEqual({
      kind: "held",
      order: { orderId: "o1", state: "reserved", recorded: false, payBefore: NOW + 1 },
    });
    expect(effects).toEqual([{ type: "remember_order", orderId: "o1", payBefore: NOW + 1 }]);
  });

  it("starts nothing while one is under way", () => {
    const other: AttemptEvent = { type: "buy", intent: { key: "k2", quantity: 1 } };
    for (const events of [[buy], inLine, [...inLine, failed("overloaded")]]) {
      const before = run(events).attempt;
      expect(step(before, other, NOW)).toEqual({ attempt: before, effects: [] });
    }
  });

  it("waits as long as it is asked to, and at least a moment", () => {
    const untilAfter = (event: AttemptEvent) => {
      const { attempt } = run([...inLine, event]);
      return attempt.kind === "waiting" ? attempt.until - NOW : undefined;
    };
    expect(untilAfter(failed("rate_limited", { retryAfterMs: 5_000 }))).toBe(5_000);
    expect(untilAfter(failed("rate_limited", { retryAfterMs: 10 }))).toBe(PAUSE_MIN_MS);
    expect(untilAfter(failed("network"))).toBe(PAUSE_MIN_MS);
    expect(untilAfter(failed("too_early", { retryAfterMs: 1_000, startsAt: NOW + 9_000 }))).toBe(9_000);
  });

  it("goes on with the same key and, while it is good, the same token", () => {
    const waiting = run([...inLine, failed("overloaded", { retryAfterMs: 2_000 })]).attempt;
    expect(step(waiting, { type: "due" }, NOW + 1_999).attempt).toBe(waiting);
    const resumed = step(waiting, { type: "due" }, NOW + 2_000);
    expect(resumed.effects).toEqual([{ type: "ask_purchase", token: "t1", intent }]);
    const late = step(waiting, { type: "due" }, token.expiresAt - 1);
    expect(late.effects).toEqual([{ type: "ask_token" }]);
    expect(late.attempt).toMatchObject({ intent });
  });

  it("waits longer each time when nobody answers, but never longer than a bound", () => {
    let attempt = run(inLine).attempt;
    const pauses: number[] = [];
    for (let tries = 0; tries < 6; tries++) {
      attempt = step(attempt, failed("network"), NOW).attempt;
      if (attempt.kind !== "waiting") throw new Error(attempt.kind);
      pauses.push(attempt.until - NOW);
      attempt = step(attempt, { type: "due" }, attempt.until).attempt;
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, PAUSE_MAX_MS, PAUSE_MAX_MS, PAUSE_MAX_MS]);
  });

  it("gives up after TRIES_MAX tries, and not before", () => {
    const at = (tries: number): Attempt => ({ kind: "in_line", intent, tries, token });
    expect(step(at(TRIES_MAX - 1), failed("network"), NOW).attempt.kind).toBe("waiting");
    expect(step(at(TRIES_MAX), failed("network"), NOW)).toEqual({
      attempt: { kind: "refused", code: "gave_up", restUntil: NOW + REST_MS },
      effects: [{ type: "set_aside", intent }],
    });
    // A challenge after each solution leads nowhere either.
    expect(step(at(TRIES_MAX - 1), failed("challenge_required"), NOW).attempt.kind).toBe("proving");
    expect(step(at(TRIES_MAX), failed("challenge_required"), NOW).attempt).toMatchObject({ code: "gave_up" });
  });

  it("keeps what may have been bought: its key is the next attempt's", () => {
    expect(run([...inLine, { type: "stop" }]).effects).toEqual([{ type: "set_aside", intent }]);
    // Logged out in the middle: it goes on by itself when the shopper comes back from logging in.
    expect(run([...inLine, failed("unauthenticated")]).effects).toEqual([]);
  });

  it("asks again when the shop answers with a code that it has no words for", () => {
    const answer = run([...inLine, failed("teapot" as RefusalCode)]).attempt;
    expect(answer).toMatchObject({ kind: "waiting", reason: "trouble" });
  });

  it("asks for a new token when the old one expired on the way", () => {
    const waiting = run([...inLine, failed("invalid_spike_token")]).attempt;
    expect(waiting).toMatchObject({ kind: "waiting", token: undefined });
    expect(step(waiting, { type: "due" }, NOW + PAUSE_MIN_MS).effects).toEqual([{ type: "ask_token" }]);
  });

  it("solves a challenge and sends the same purchase again", () => {
    const proving = run([...inLine, failed("challenge_required", { challenge: "c" })]);
    expect(proving.effects).toEqual([{ type: "prove", challenge: "c", intent }]);
    expect(step(proving.attempt, { type: "proved" }, NOW).effects).toEqual([
      { type: "ask_purchase", token: "t1", intent },
    ]);
    expect(step(proving.attempt, { type: "proof_failed" }, NOW)).toEqual({
      attempt: { kind: "refused", code: "proof_failed", restUntil: NOW + REST_MS },
      effects: [{ type: "set_aside", intent }],
    });
  });

  it("lets the button rest after a no, and knows which noes are final", () => {
    const soldOut = run([...inLine, failed("sold_out", { retryAfterMs: 3_000 })]).attempt;
    expect(mayBuy(soldOut, NOW + 2_999)).toBe(false);
    expect(mayBuy(soldOut, NOW + 3_000)).toBe(true);
    for (const code of ["limit_reached", "ended", "not_found"] as const) {
      expect(mayBuy(run([...inLine, failed(code)]).attempt, NOW + 60_000), code).toBe(false);
    }
  });

  it("offers the button again when stock comes back, once the no has rested", () => {
    const soldOut = run([...inLine, failed("sold_out")]).attempt;
    expect(step(soldOut, { type: "stock_back" }, NOW + REST_MS - 1).attempt).toBe(soldOut);
    expect(step(soldOut, { type: "stock_back" }, NOW + REST_MS).attempt).toEqual(NO_ATTEMPT);
  });

  it("stands still while offline and goes on when the network is back", () => {
    const offline = run([...inLine, failed("network"), { type: "offline" }]).attempt;
    expect(offline).toMatchObject({ kind: "waiting", reason: "offline" });
    expect(step(offline, { type: "due" }, NOW + 60_000).attempt).toBe(offline);
    expect(step(offline, { type: "online" }, NOW).effects).toEqual([
      { type: "ask_purchase", token: "t1", intent },
    ]);
  });

  it("can buy again after a cancelled or expired order, not after a paid one", () => {
    const held = (state: "paid" | "cancelled" | "expired" | "reserved"): Attempt =>
      run([{ type: "order", order: { orderId: "o", state, recorded: true, payBefore: NOW } }]).attempt;
    expect(mayBuy(held("cancelled"), NOW)).toBe(true);
    expect(mayBuy(held("expired"), NOW)).toBe(true);
    expect(mayBuy(held("paid"), NOW)).toBe(false);
    expect(mayBuy(held("reserved"), NOW)).toBe(false);
  });
});

const anyEvent = fc.oneof(
  fc.constant<AttemptEvent>({ type: "token", token }),
  fc.constant<AttemptEvent>({ type: "reserved", orderId: "o1", payBefore: NOW }),
  fc.constantFrom<AttemptEvent[]>(
    { type: "proved" },
    { type: "proof_failed" },
    { type: "due" },
    { type: "offline" },
    { type: "online" },
    { type: "stock_back" },
    { type: "stop" },
    { type: "order_gone" },
  ),
  fc
    .constantFrom(...(Object.keys(REFUSALS) as RefusalCode[]), "network" as const)
    .map((code) => failed(code, { retryAfterMs: 1_000 })),
  fc.integer({ min: 1, max: 9 }).map((key): AttemptEvent => ({
    type: "buy",
    intent: { key: `k${key}`, quantity: 1 },
  })),
);

describe("any sequence of events", () => {
  it("never changes the key of an attempt, and asks for one thing at a time", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        let attempt = NO_ATTEMPT;
        let now = NOW;
        for (const event of events) {
          now += 700;
          const before = attempt;
          const result = step(before, event, now);
          attempt = result.attempt;
          if (isUnderWay(before) && isUnderWay(attempt)) expect(attempt.intent).toEqual(before.intent);
          const asks = result.effects.filter(({ type }) => type === "ask_token" || type === "ask_purchase");
          expect(asks.length).toBeLessThanOrEqual(1);
          // A request on its way is never joined by a second one.
          if (before.kind === "in_line" && asks.length > 0) throw new Error(`${event.type} asked twice`);
        }
      }),
    );
  });
});
