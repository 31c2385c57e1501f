import { describe, expect, it } from "vitest";
import {
  PROBE_DELAY_MAX_MS,
  PROBE_FIRST_MS,
  PROBE_ORDERS,
  RESEND_AFTER_MS,
  RESEND_CATCH_UP_MS,
  RESEND_DELAY_MAX_MS,
  RESEND_PAGE_ORDERS,
  ResendPace,
  type ResendSource,
} from "../../../durable-objects/spike-stock/resend.ts";
import type { OrderRow } from "../../../durable-objects/spike-stock/rows.ts";

const NO_JITTER = () => 1;
const START = { afterSequence: 0, delayMs: 0 };
const NOW = 1_000_000;

/** Unrecorded orders with these sequences, all last changed at `changedAt`. */
function unrecorded(sequences: number[], changedAt = 0): ResendSource {
  return {
    hasUnrecorded: () => sequences.length > 0,
    unrecordedOrders: (after, changedBefore, limit) => {
      const due = changedAt <= changedBefore ? sequences.filter((sequence) => sequence > after) : [];
      return due.slice(0, limit).map((sequence) => ({ sequence }) as OrderRow);
    },
  };
}

const count = (length: number) => Array.from({ length }, (_, n) => n + 1);

describe("a page of re-sending", () => {
  it("is empty, and the last one, when everything is recorded", () => {
    const page = new ResendPace(NO_JITTER).nextPage(
      unrecorded([]),
      { afterSequence: 9, delayMs: 60_000 },
      NOW,
    );
    expect(page).toEqual({ orders: [], progress: START, nextAt: null });
  });

  it.each([
    ["younger than", NOW - RESEND_AFTER_MS + 1, 0],
    ["as old as", NOW - RESEND_AFTER_MS, 1],
  ])("leaves time to an event: one %s the limit", (_, changedAt, sent) => {
    const page = new ResendPace(NO_JITTER).nextPage(unrecorded([1], changedAt), START, NOW);
    expect(page.orders).toHaveLength(sent);
    expect(page.nextAt).toBe(NOW + RESEND_AFTER_MS);
  });

  it("is bounded, goes on where the last one ended, and begins again at the end", () => {
    const pace = new ResendPace(NO_JITTER);
    const source = unrecorded(count(RESEND_PAGE_ORDERS + 1));
    const one = pace.nextPage(source, START, NOW);
    expect(one.orders).toHaveLength(RESEND_PAGE_ORDERS);
    const two = pace.nextPage(source, one.progress, NOW);
    expect(two.orders.map(({ sequence }) => sequence)).toEqual([RESEND_PAGE_ORDERS + 1]);
    const three = pace.nextPage(source, two.progress, NOW);
    expect(three.orders[0]?.sequence).toBe(1);
  });
});

describe("the pause between pages", () => {
  /** The pauses after each of `pages` pages; `heard` says which of them the database answers. */
  function pauses(pages: number, heard: (page: number) => boolean, random = NO_JITTER): number[] {
    const pace = new ResendPace(random);
    let progress = START;
    const delays: number[] = [];
    for (let page = 0; page < pages; page++) {
      const next = pace.nextPage(unrecorded([1]), progress, NOW);
      progress = next.progress;
      if (heard(page)) progress = pace.confirmed(unrecorded([1]), progress) ?? progress;
      delays.push(heard(page) ? progress.delayMs : (next.nextAt ?? NOW) - NOW);
    }
    return delays;
  }

  it("doubles up to a maximum while the database is silent", () => {
    const silent = pauses(6, () => false);
    expect(silent).toEqual([5_000, 10_000, 20_000, 40_000, RESEND_DELAY_MAX_MS, RESEND_DELAY_MAX_MS]);
  });

  it("is short from the first answer after a silence until the next silence", () => {
    const recovered = pauses(7, (page) => page >= 3 && page < 6);
    expect(recovered.slice(3)).toEqual([...Array(3).fill(RESEND_CATCH_UP_MS), RESEND_CATCH_UP_MS]);
  });

  it("goes back to growing when a catching-up database falls silent", () => {
    expect(pauses(6, (page) => page === 2).slice(3)).toEqual([RESEND_CATCH_UP_MS, 5_000, 10_000]);
  });

  it("is not shortened by a database that is slow but never silent", () => {
    const pace = new ResendPace(NO_JITTER);
    pace.confirmed(unrecorded([1]), START);
    let progress = START;
    const delays = count(4).map(() => {
      progress = pace.nextPage(unrecorded([1]), progress, NOW).progress;
      expect(pace.confirmed(unrecorded([1]), progress)).toBeNull();
      return progress.delayMs;
    });
    expect(delays).toEqual([5_000, 10_000, 20_000, 40_000]);
  });

  it("is spread between half and all of it", () => {
    expect(
      pauses(
        1,
        () => false,
        () => 0,
      ),
    ).toEqual([RESEND_AFTER_MS / 2]);
    expect(
      pauses(
        1,
        () => false,
        () => 0.5,
      ),
    ).toEqual([RESEND_AFTER_MS * 0.75]);
  });
});

describe("a ledger whose orders were given back", () => {
  /** Gives back, and asks with the first probe. */
  function held(source: ResendSource) {
    const pace = new ResendPace(NO_JITTER);
    const progress = pace.gaveBack();
    expect(progress).toEqual({ afterSequence: 0, delayMs: PROBE_FIRST_MS });
    return { pace, probe: pace.nextPage(source, progress ?? START, NOW) };
  }

  it("holds fresh events back, and says so once", () => {
    const { pace } = held(unrecorded([1]));
    expect(pace.holdsBack).toBe(true);
    expect(pace.gaveBack()).toBeNull();
  });

  it.each([
    [PROBE_ORDERS - 1, PROBE_ORDERS - 1],
    [PROBE_ORDERS, PROBE_ORDERS],
    [PROBE_ORDERS + 1, PROBE_ORDERS],
  ])("asks with the oldest of %d orders, however young: %d", (waiting, asked) => {
    const { probe } = held(unrecorded(count(waiting), NOW));
    expect(probe.orders.map(({ sequence }) => sequence)).toEqual(count(asked));
  });

  it("asks again after pauses that double up to a maximum, always from the oldest", () => {
    const source = unrecorded(count(PROBE_ORDERS + 1));
    const { pace, probe } = held(source);
    let { progress } = probe;
    const delays = count(5).map(() => {
      const next = pace.nextPage(source, progress, NOW);
      progress = next.progress;
      expect(next.orders[0]?.sequence).toBe(1);
      return (next.nextAt ?? NOW) - NOW;
    });
    expect(delays).toEqual([4_000, 8_000, PROBE_DELAY_MAX_MS, PROBE_DELAY_MAX_MS, PROBE_DELAY_MAX_MS]);
  });

  it("sends the next page once all of the last is recorded, and lets events go when a page holds all", () => {
    const sequences = count(2 * RESEND_PAGE_ORDERS);
    const source = unrecorded(sequences);
    const { pace, probe } = held(source);
    expect(pace.confirmed(source, probe.progress)).toEqual(START);
    const first = pace.nextPage(source, START, NOW);
    expect(first.orders).toHaveLength(RESEND_PAGE_ORDERS);
    sequences.splice(0, RESEND_PAGE_ORDERS - 1);
    expect(pace.confirmed(source, first.progress)).toBeNull();
    sequences.shift();
    expect(pace.confirmed(source, first.progress)).toEqual(START);
    const second = pace.nextPage(source, START, NOW);
    expect(second.orders.map(({ sequence }) => sequence)).toEqual(sequences);
    // A full page may not be all there is.
    expect(pace.holdsBack).toBe(true);
    sequences.splice(0, RESEND_PAGE_ORDERS - 1);
    pace.confirmed(source, second.progress);
    expect(pace.nextPage(source, START, NOW).orders).toHaveLength(1);
    expect(pace.holdsBack).toBe(false);
  });

  it("asks with few again when nothing of a page is confirmed", () => {
    const source = unrecorded(count(RESEND_PAGE_ORDERS));
    const { pace, probe } = held(source);
    pace.confirmed(source, probe.progress);
    const page = pace.nextPage(source, START, NOW);
    expect(page.nextAt).toBe(NOW + RESEND_AFTER_MS);
    expect(pace.nextPage(source, page.progress, NOW).orders).toHaveLength(PROBE_ORDERS);
    expect(pace.holdsBack).toBe(true);
  });

  it("lets events go when everything is recorded", () => {
    const { pace } = held(unrecorded([1]));
    expect(pace.nextPage(unrecorded([]), START, NOW).nextAt).toBeNull();
    expect(pace.holdsBack).toBe(false);
  });
});
