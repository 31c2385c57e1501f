import {
  type Counts,
  newestComplete,
  type SecondCounts,
  secondOf,
  sumCounts,
} from "../../workers/shared/counts.ts";
import { toInstant } from "../../workers/shared/instant.ts";
import type { LedgerView } from "../spike-stock/messages.ts";

/** Seconds a frame repeats: reports arrive a second or two late, and the watcher takes the newest word. */
export const RECENT_SECONDS = 5;
/** Seconds in one message of the history: some 200 KB at most. */
export const HISTORY_PAGE_SECONDS = 600;

/** What was counted in one second, as a watcher gets it. */
export interface WireSecond {
  at: string;
  counts: Counts;
}

/** The past, once, when somebody begins to watch; in as many messages as it takes. */
export interface HistoryFrame {
  kind: "history";
  seconds: WireSecond[];
}

/** Where the units of a sale were in one second. */
export interface Level extends Pick<LedgerView, "available" | "held" | "sold"> {
  second: number;
}

/** Where the units were, for as much of the past as is known; after the history, once. */
export interface LevelsFrame {
  kind: "levels";
  levels: { at: string; available: number; held: number; sold: number }[];
}

/** The present, once a second. */
export interface LiveFrame {
  kind: "live";
  serverTime: string;
  /** The newest seconds, some of them again: each replaces what was known of that second. */
  recent: WireSecond[];
  /** Per second, on average over the newest complete seconds. */
  rates: Counts;
  /** Everything counted since the sale was created. */
  totals: Counts;
  /** Null when the ledger could not say. */
  stock: Omit<LedgerView, "orders" | "unrecorded" | "oldestUnrecordedAt"> | null;
  orders: LedgerView["orders"] | null;
  /** How far the order database is behind the ledger. */
  outbox: { unrecorded: number; lagSeconds: number } | null;
}

export function historyFrames(seconds: readonly SecondCounts[]): HistoryFrame[] {
  const frames: HistoryFrame[] = [];
  for (let start = 0; start < seconds.length; start += HISTORY_PAGE_SECONDS) {
    const page = seconds.slice(start, start + HISTORY_PAGE_SECONDS);
    frames.push({ kind: "history", seconds: page.map(toWireSecond) });
  }
  return frames;
}

export function levelsFrame(levels: readonly Level[]): LevelsFrame {
  return {
    kind: "levels",
    levels: levels.map(({ second, ...level }) => ({ at: toInstant(second * 1000), ...level })),
  };
}

/**
 * @param recent what was counted in the last RECENT_SECONDS seconds.
 * @param now the monitor's clock, epoch milliseconds.
 */
export function liveFrame(
  recent: readonly SecondCounts[],
  totals: Counts,
  ledger: LedgerView | null,
  now: number,
): LiveFrame {
  return {
    kind: "live",
    serverTime: toInstant(now),
    recent: recent.map(toWireSecond),
    rates: ratesOf(recent, now),
    totals,
    ...ledgerPart(ledger, now),
  };
}

function ledgerPart(ledger: LedgerView | null, now: number): Pick<LiveFrame, "stock" | "orders" | "outbox"> {
  if (!ledger) return { stock: null, orders: null, outbox: null };
  const { orders, unrecorded, oldestUnrecordedAt, ...stock } = ledger;
  const lagSeconds = oldestUnrecordedAt ? Math.max(0, Math.round((now - oldestUnrecordedAt) / 1000)) : 0;
  return { stock, orders, outbox: { unrecorded, lagSeconds } };
}

function ratesOf(recent: readonly SecondCounts[], now: number): Counts {
  const last = newestComplete(now);
  const complete = recent.filter(({ second }) => second <= last);
  const span = RECENT_SECONDS - (secondOf(now) - last);
  const sums = Object.entries(sumCounts(complete));
  return Object.fromEntries(sums.map(([name, sum]) => [name, Math.round((sum / span) * 10) / 10]));
}

function toWireSecond({ second, counts }: SecondCounts): WireSecond {
  return { at: toInstant(second * 1000), counts };
}
