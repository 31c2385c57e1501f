import { describe, expect, it } from "vitest";
import { ADDRESSES_PER_ACCOUNT, Admission } from "../../../durable-objects/spike-gate/admission.ts";
import type { GateLimits, GateRequest, GateResult } from "../../../durable-objects/spike-gate/messages.ts";
import type { Bar } from "../../../durable-objects/spike-gate/strike-keeper.ts";
import { STRIKE_PAUSE_MS, type Subject } from "../../../workers/shared/strikes.ts";

const START = 1_800_000_000_000;
const INTERVAL_MS = 500;
const LIMITS: GateLimits = {
  accountRequestsPerWindow: 0,
  accountWindowSeconds: 0,
  strikesBeforeChallenge: 2,
  strikesBeforeBlacklist: 5,
  blacklistSeconds: 600,
};
const USER: Subject = { kind: "user", value: "u1" };
const won: GateResult = { ok: true, orderId: "o", payBefore: 1 };
const soldOut: GateResult = { ok: false, code: "sold_out" };

/** An admission before a ledger that always answers the same. */
function admission({
  outcome = soldOut,
  limits = LIMITS,
}: { outcome?: GateResult; limits?: GateLimits | null } = {}) {
  const bars: Bar[] = [];
  const submitted: GateRequest[] = [];
  const door = new Admission((bar) => bars.push(bar));
  let keys = 0;
  const ask = async (now: number, over: Partial<GateRequest> = {}) => {
    const request: GateRequest = { userId: "u1", quantity: 1, key: `k${keys++}`, requestId: "r", ...over };
    const purchases = { requests: [request], userIntervalMs: INTERVAL_MS, ...(limits && { limits }) };
    const { results, standings } = await door.admit(purchases, now, async (passed) => {
      submitted.push(passed);
      return outcome;
    });
    return { code: codeOf(results[0]), standing: standings[0], result: results[0] };
  };
  const strike = (count: number, now: number, subject = USER) =>
    door.strike({ strikes: [{ subject, count, reason: "bad_token", accounts: 0 }], limits: LIMITS }, now);
  return { door, bars, submitted, ask, strike };
}

const codeOf = (result: GateResult | undefined) => (result?.ok ? "won" : result?.code);

describe("who asks too fast", () => {
  it("is told to wait, and struck, once for one act", async () => {
    const { ask } = admission();
    await ask(START);
    const early = await ask(START + 200);
    expect(early).toMatchObject({
      code: "rate_limited",
      standing: { userId: "u1", strikes: 1, struck: "too_fast" },
    });
    expect(early.result).toMatchObject({ retryAfterMs: 300 });
    const sameAct = await ask(START + 200 + STRIKE_PAUSE_MS - 1);
    expect(sameAct.standing?.struck).toBeUndefined();
    expect((await ask(START + 200 + STRIKE_PAUSE_MS)).standing?.struck).toBeDefined();
  });

  it.each([
    [STRIKE_PAUSE_MS - 1, "faster_than_a_hand"],
    [STRIKE_PAUSE_MS, "too_fast"],
  ])("%i ms after another purchase is %s", async (elapsedMs, struck) => {
    const { ask } = admission();
    await ask(START);
    expect((await ask(START + elapsedMs)).standing?.struck).toBe(struck);
  });

  it("is not struck for sending the same purchase again", async () => {
    const { ask } = admission();
    await ask(START, { key: "k" });
    const again = await ask(START + 1, { key: "k" });
    expect(again).toMatchObject({ code: "rate_limited", standing: undefined });
  });

  it("may buy, hear that he has it, give it back and buy again within a second", async () => {
    const { ask } = admission({ outcome: won });
    expect((await ask(START)).code).toBe("won");
    const full = admission({ outcome: { ok: false, code: "limit_reached", orderId: "o" } });
    expect((await full.ask(START)).code).toBe("limit_reached");
    expect(await full.ask(START + 50)).toMatchObject({ code: "limit_reached", standing: undefined });
  });

  it.each([
    [4, "won"],
    [5, "won"],
    [6, "rate_limited"],
  ])("the %ith purchase of a winner, of 5 allowed, is %s", async (count, code) => {
    const { ask } = admission({
      outcome: won,
      limits: { ...LIMITS, accountRequestsPerWindow: 5, accountWindowSeconds: 10 },
    });
    let last;
    for (let i = 0; i < count; i++) last = await ask(START + i);
    expect(last?.code).toBe(code);
  });

  it("is challenged when it goes on, before anything reaches the ledger", async () => {
    const { ask, bars, submitted } = admission();
    await ask(START);
    for (let i = 1; i <= 3; i++) await ask(START + i * STRIKE_PAUSE_MS);
    expect((await ask(START + INTERVAL_MS)).code).toBe("challenge_required");
    expect(submitted).toHaveLength(1);
    expect(bars).toEqual([]);
  });
});

describe("a purchase that owes a proof", () => {
  it("is asked for it before anything reaches the ledger, whatever others have won with its key", async () => {
    const { ask, submitted } = admission({ outcome: won });
    expect((await ask(START, { userId: "u2", key: "k" })).code).toBe("won");
    expect((await ask(START, { key: "k", owesProof: true })).code).toBe("challenge_required");
    expect(submitted).toHaveLength(1);
  });

  it("is answered again when it has won, also when the gate knows that he is suspicious", async () => {
    const { ask, strike, submitted } = admission({ outcome: won });
    const first = await ask(START, { key: "k" });
    strike(3, START);
    expect((await ask(START, { key: "k", owesProof: true })).result).toEqual(first.result);
    expect((await ask(START, { key: "k", owesProof: true, quantity: 2 })).code).toBe("challenge_required");
    expect(submitted).toHaveLength(1);
  });
});

describe("a purchase whose isolate remembers that it has won", () => {
  it("owes no proof to a gate that has forgotten it, but is barred like any other", async () => {
    const { ask, strike, submitted } = admission({ outcome: won });
    strike(3, START);
    expect((await ask(START)).code).toBe("challenge_required");
    expect((await ask(START, { owesProof: false })).code).toBe("won");
    strike(3, START + STRIKE_PAUSE_MS);
    expect((await ask(START + INTERVAL_MS, { owesProof: false })).code).toBe("blacklisted");
    expect(submitted).toHaveLength(1);
  });
});

describe("strikes that an isolate reports", () => {
  it.each([
    [2, "sold_out"],
    [2.1, "challenge_required"],
    [5, "challenge_required"],
    [5.1, "blacklisted"],
  ])("%f of an account lead to %s", async (count, code) => {
    const { ask, strike } = admission();
    strike(count, START);
    expect((await ask(START)).code).toBe(code);
  });

  it("are answered with how each stands now", () => {
    const { strike } = admission();
    strike(1, START);
    expect(strike(2, START)).toEqual([{ strikes: 3 }]);
    expect(strike(0, START)).toEqual([{ strikes: 3 }]);
    expect(strike(3, START)).toEqual([{ strikes: 0, barredUntil: START + 600_000 }]);
  });

  it("count once when the report comes again", () => {
    const { door } = admission();
    const strikes = [{ subject: USER, count: 2, reason: "bad_token" as const, accounts: 0 }];
    const tell = (id: string) => door.strike({ id, strikes, limits: LIMITS }, START)[0]?.strikes;
    expect([tell("first"), tell("first"), tell("second")]).toEqual([2, 2, 4]);
  });

  it("are told once to who writes the blacklist", () => {
    const { strike, bars } = admission();
    for (let i = 0; i < 6; i++) strike(1, START);
    expect(bars).toEqual([{ subject: USER, reason: "bad_token", until: START + 600_000, at: START }]);
  });

  it("are over when an admin forgives them", async () => {
    const { ask, strike, door } = admission();
    strike(6, START);
    expect(door.bars(USER, START)).toBe(true);
    door.forgive(USER, START);
    expect(door.bars(USER, START)).toBe(false);
    expect((await ask(START)).code).toBe("sold_out");
  });

  it("do not count for a Worker that knows nothing of them", async () => {
    const { ask, strike } = admission({ limits: null });
    strike(5, START);
    expect((await ask(START)).code).toBe("sold_out");
    expect(await ask(START + 1)).toMatchObject({ code: "rate_limited" });
  });
});

describe("a solution", () => {
  const solution = { id: "s", expiresAt: START + 60_000 };

  it("lets a challenged account through once", async () => {
    const { ask, strike } = admission({ outcome: won });
    strike(3, START);
    expect((await ask(START, { key: "a", solution })).code).toBe("won");
    expect((await ask(START, { key: "b", solution })).code).toBe("challenge_required");
    expect((await ask(START + STRIKE_PAUSE_MS, { key: "b" })).code).toBe("challenge_required");
  });

  it("used again is a strike", async () => {
    const { ask } = admission({ outcome: won });
    await ask(START, { key: "a", solution });
    expect((await ask(START + 1, { key: "b", solution })).standing).toMatchObject({ struck: "bad_solution" });
  });

  it("may come back at once after the challenge, however short the interval", async () => {
    const { ask, strike } = admission({ outcome: won });
    strike(3, START);
    expect((await ask(START, { key: "a" })).code).toBe("challenge_required");
    expect((await ask(START + 1, { key: "a", solution })).code).toBe("won");
  });

  it("is used up once also when purchases go to the ledger directly", async () => {
    const { door } = admission();
    expect(door.spend(solution, { userId: "u1", key: "a" }, START)).toBe(true);
    expect(door.spend(solution, { userId: "u1", key: "b" }, START)).toBe(false);
  });
});

describe("an account with many addresses", () => {
  it.each([
    [ADDRESSES_PER_ACCOUNT - 1, 0],
    [ADDRESSES_PER_ACCOUNT, 0],
    [ADDRESSES_PER_ACCOUNT + 1, 1],
    [ADDRESSES_PER_ACCOUNT + 2, 2],
  ])("%i of them are %i strikes", async (addresses, strikes) => {
    const { ask } = admission();
    let standing;
    for (let i = 0; i < addresses; i++) {
      ({ standing } = await ask(START + i * INTERVAL_MS, { address: `203.0.113.${i}` }));
    }
    expect(standing?.strikes ?? 0).toBeCloseTo(strikes, 1);
  });

  it("does not grow more suspicious by coming from them again", async () => {
    const { ask } = admission();
    let standing;
    for (let i = 0; i < 100; i++) {
      ({ standing } = await ask(START + i * INTERVAL_MS, {
        address: `203.0.113.${i % ADDRESSES_PER_ACCOUNT}`,
      }));
    }
    expect(standing).toBeUndefined();
  });
});
