import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KeyPage } from "../../../durable-objects/spike-stock/messages.ts";
import { mayBeKnown, OWN_WINS_MAX, pastOf, peekKey, rememberWin } from "../../../workers/spike/known-keys.ts";

// What is in memory stays there, however long the machine takes from one line to the next.
beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

/** Ledgers that have sold so many units each. */
function ledgersWith(sold: number): Env {
  const hashes = Uint32Array.from({ length: sold }, (_, n) => n);
  const keys = (): Promise<KeyPage> => Promise.resolve({ hashes, through: sold, complete: true });
  const namespace = { idFromName: (name: string) => name, get: () => ({ keys }) };
  return { ...env, SPIKE_STOCK: namespace as unknown as Env["SPIKE_STOCK"] };
}

const salesOf = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}${n}`);

describe("the keys that an isolate knows", () => {
  it("are those of all sales that are sold out together", async () => {
    const sales = salesOf("together", 100);
    for (const sale of sales) expect(await mayBeKnown(ledgersWith(1), sale, "client:new")).toBe(false);
    for (const sale of sales) expect(peekKey(sale, "client:new"), sale).toBe(false);
  });

  it("are no more than there is room for, and those of the sales that were asked for last", async () => {
    const sales = salesOf("large", 10);
    for (const sale of sales) await mayBeKnown(ledgersWith(90_000), sale, "client:new");
    const known = sales.map((sale) => peekKey(sale, "client:new") !== undefined);
    expect(known).toEqual([false, false, ...Array.from({ length: 8 }, () => true)]);
  });
});

describe("the purchases that won through an isolate", () => {
  it("are not pushed out by those without a key, which nobody can repeat", () => {
    const purchase = { userId: "u", key: "client:k" };
    rememberWin("own", purchase);
    for (let n = 0; n < OWN_WINS_MAX; n++) rememberWin("own", { userId: `u${n}`, key: `auto:${n}` });
    expect(pastOf("own", purchase)).toBe("won");
    for (let n = 0; n < OWN_WINS_MAX; n++) rememberWin("own", { userId: `u${n}`, key: "client:k" });
    expect(pastOf("own", purchase)).toBeNull();
  });

  it("are of one user and one sale", () => {
    rememberWin("own", { userId: "u", key: "client:k" });
    expect(pastOf("own", { userId: "other", key: "client:k" })).toBeNull();
    expect(pastOf("other", { userId: "u", key: "client:k" })).toBeNull();
  });
});
