import { describe, expect, it } from "vitest";
import {
  RESEND_AFTER_MS,
  RESEND_CATCH_UP_MS,
  RESEND_DELAY_MAX_MS,
  RESEND_PAGE_ORDERS,
  ResendPace,
  type ResendSource,
} from "../../../durable-objects/spike-stock/resend.ts";
import type { OrderRow } from "../../../durable-objects/spike-stock/store.ts";

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
      if (heard(page)) progress = pace.confirmed(progress) ?? progress;
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
    pace.confirmed(START);
    let progress = START;
    const delays = count(4).map(() => {
      progress = pace.nextPage(unrecorded([1]), progress, NOW).progress;
      expect(pace.confirmed(progress)).toBeNull();
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
