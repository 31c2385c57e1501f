import { expect, it } from "vitest";
import {
  HISTORY_PAGE_SECONDS,
  historyFrames,
  liveFrame,
} from "../../../durable-objects/spike-monitor/frames.ts";
import type { LedgerView } from "../../../durable-objects/spike-stock/messages.ts";

const NOW = Date.UTC(2026, 10, 11, 8, 0, 9, 400);
const SECOND = Math.floor(NOW / 1000);
const orders = { reserved: 2, paid: 1, cancelled: 0, expired: 0 };
const stock = { total: 9, available: 6, held: 2, sold: 1, returned: 0, scheduled: 4, paused: false };
const ledger: LedgerView = { ...stock, orders, unrecorded: 2, oldestUnrecordedAt: NOW - 3_600 };

it("shows the ledger, how far the database is behind it, and rates over complete seconds", () => {
  const recent = [
    { second: SECOND - 4, counts: { won: 10 } },
    { second: SECOND - 2, counts: { won: 5, lost: 1 } },
    { second: SECOND - 1, counts: { won: 100 } },
    { second: SECOND, counts: { won: 1_000 } },
  ];
  expect(liveFrame(recent, { won: 2_000 }, ledger, NOW)).toEqual({
    kind: "live",
    serverTime: "2026-11-11T08:00:09.400Z",
    recent: [
      { at: "2026-11-11T08:00:05.000Z", counts: { won: 10 } },
      { at: "2026-11-11T08:00:07.000Z", counts: { won: 5, lost: 1 } },
      { at: "2026-11-11T08:00:08.000Z", counts: { won: 100 } },
      { at: "2026-11-11T08:00:09.000Z", counts: { won: 1_000 } },
    ],
    rates: { won: 5, lost: 0.3 },
    totals: { won: 2_000 },
    stock,
    orders,
    outbox: { unrecorded: 2, lagSeconds: 4 },
  });
});

it("lags by nothing when everything is recorded", () => {
  const { oldestUnrecordedAt: _, ...recorded } = { ...ledger, unrecorded: 0 };
  expect(liveFrame([], {}, recorded, NOW).outbox).toEqual({ unrecorded: 0, lagSeconds: 0 });
});

it("shows what it knows when the ledger cannot say", () => {
  expect(liveFrame([], { won: 1 }, null, NOW)).toMatchObject({
    ...{ totals: { won: 1 }, stock: null, orders: null, outbox: null },
  });
});

it.each([
  [0, []],
  [HISTORY_PAGE_SECONDS - 1, [HISTORY_PAGE_SECONDS - 1]],
  [HISTORY_PAGE_SECONDS, [HISTORY_PAGE_SECONDS]],
  [HISTORY_PAGE_SECONDS + 1, [HISTORY_PAGE_SECONDS, 1]],
])("tells %d seconds of history in messages of %j", (count, sizes) => {
  const seconds = Array.from({ length: count }, (_, n) => ({ second: SECOND + n, counts: { won: 1 } }));
  expect(historyFrames(seconds).map((frame) => frame.seconds.length)).toEqual(sizes);
});
