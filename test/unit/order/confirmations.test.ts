import { afterEach, describe, expect, it, vi } from "vitest";
import {
  CONFIRM_FULL_ORDERS,
  CONFIRM_OVERDUE_MS,
  CONFIRM_PAUSE_MS,
  Confirmations,
} from "../../../workers/order/queue/confirmations.ts";
import type { RecordedOrder } from "../../../workers/shared/order.ts";
import { ledgerName, type LedgerRef } from "../../../workers/shared/stripes.ts";

const here = { spikeId: "here", stripe: 0 };
const there = { spikeId: "there", stripe: 0 };
const order = (number: number): RecordedOrder => ({ orderId: `here-${number}-nonce`, version: 1 });

/** Confirmations whose pauses end, and whose clock goes on, when the test says so. */
function confirmations(fails: (ledger: LedgerRef) => boolean = () => false) {
  const subject = new Confirmations();
  const told: [string, RecordedOrder[]][] = [];
  const pauses: { ms: number; end: () => void }[] = [];
  const rounds: Promise<void>[] = [];
  const clock = { now: 1_000 };
  const outside = {
    async tell(ledger: LedgerRef, orders: RecordedOrder[]) {
      if (fails(ledger)) throw new Error("overloaded");
      told.push([ledgerName(ledger), orders]);
    },
    pause: (ms: number) => new Promise<void>((end) => pauses.push({ ms, end })),
    waitUntil: (round: Promise<void>) => void rounds.push(round),
    now: () => clock.now,
  };
  return {
    told,
    pauses,
    clock,
    add: (ledger: LedgerRef, ...orders: RecordedOrder[]) => subject.add(ledger, orders, outside),
    async endPause() {
      pauses.shift()?.end();
      await rounds.shift();
    },
  };
}

describe("what is recorded", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("gathers for a pause, and then each ledger is told once", async () => {
    const { add, told, pauses, endPause } = confirmations();
    add(here, order(1));
    add(there, order(9));
    add(here, order(2), order(3));
    expect([told, pauses.map(({ ms }) => ms)]).toEqual([[], [CONFIRM_PAUSE_MS]]);
    await endPause();
    expect(told).toEqual([
      ["here", [order(1), order(2), order(3)]],
      ["there", [order(9)]],
    ]);
  });

  it("begins a new round after that, with nothing of the last one", async () => {
    const { add, told, endPause } = confirmations();
    add(here, order(1));
    await endPause();
    add(here, order(2));
    await endPause();
    expect(told).toEqual([
      ["here", [order(1)]],
      ["here", [order(2)]],
    ]);
  });

  it.each([
    [CONFIRM_OVERDUE_MS - 1, 1],
    [CONFIRM_OVERDUE_MS, 2],
  ])("does not wait for a round that died with its invocation: after %d ms there are %d", (ms, rounds) => {
    const { add, pauses, clock } = confirmations();
    add(here, order(1));
    clock.now += ms;
    add(here, order(2));
    expect(pauses).toHaveLength(rounds);
  });

  it("waits no longer once there is a full call of it, and takes along what has gathered", async () => {
    const { add, told, pauses, endPause } = confirmations();
    const many = Array.from({ length: CONFIRM_FULL_ORDERS - 1 }, (_, n) => order(n + 2));
    add(there, order(0));
    add(here, order(1));
    expect(told).toEqual([]);
    add(here, ...many);
    expect(told).toEqual([["here", [order(1), ...many]]]);
    expect(pauses.length).toBe(1);
    await endPause();
    expect(told.slice(1)).toEqual([["there", [order(0)]]]);
  });

  it("reaches the other ledgers when one cannot be told", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { add, told, endPause } = confirmations(({ spikeId }) => spikeId === "here");
    add(here, order(1));
    add(there, order(2));
    await endPause();
    expect(told).toEqual([["there", [order(2)]]]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("acknowledgement_failed"));
  });
});
