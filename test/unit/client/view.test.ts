import { describe, expect, it } from "vitest";
import { type Attempt, type FinalCode, NO_ATTEMPT, type WaitReason } from "../../../client/sale/attempt.ts";
import { type SaleMoment, viewOf } from "../../../client/sale/view.ts";
import { LANGUAGES } from "../../../workers/pages/language.ts";
import { LIVE_WORDS } from "../../../workers/pages/words/live.ts";

const NOW = 1_800_000_000_000;
const intent = { key: "k", quantity: 1 };
const words = LIVE_WORDS.en;
const say = {
  words,
  duration: (ms: number) => `${ms} ms`,
  timeToPay: "5 minutes",
  rule: () => "Members only",
};

const moment = (changes: Partial<SaleMoment> = {}): SaleMoment => ({
  phase: "open",
  attempt: NO_ATTEMPT,
  isLoggedIn: true,
  isOnline: true,
  notEligible: undefined,
  now: NOW,
  ...changes,
});
const seen = (changes: Partial<SaleMoment>) => viewOf(moment(changes), say);
const refused = (code: FinalCode, detail = {}): Attempt => ({
  kind: "refused",
  code,
  restUntil: NOW,
  detail,
});

describe("what a sale page shows", () => {
  it("lets only a logged-in shopper buy, and only while the sale is open", () => {
    for (const phase of ["upcoming", "paused", "sold_out"] as const) {
      expect(seen({ phase }).action, phase).toMatchObject({ kind: "buy", enabled: false });
    }
    expect(seen({}).action).toMatchObject({ kind: "buy", enabled: true });
    expect(seen({}).notice.text).toContain("5 minutes");
    expect(seen({ isLoggedIn: false }).action).toMatchObject({ kind: "login" });
    expect(seen({ phase: "ended" }).action).toEqual({ kind: "nothing" });
  });

  it("says what goes on to those who are not logged in, too", () => {
    for (const [phase, said] of [
      ["paused", words.sale.paused],
      ["sold_out", words.sale.soldOut],
      ["open", words.sale.openAnonymous],
    ] as const) {
      const view = seen({ phase, isLoggedIn: false });
      expect(view.notice).toEqual(said);
      expect(view.action.kind).toBe("login");
    }
  });

  it("has words of its own for every reason to wait, and says when it goes on", () => {
    const reasons: WaitReason[] = ["slow_down", "crowd", "paused", "not_started", "trouble"];
    const titles = reasons.map((reason) => {
      const attempt: Attempt = {
        kind: "waiting",
        intent,
        tries: 1,
        token: undefined,
        reason,
        until: NOW + 5,
      };
      const view = seen({ attempt });
      expect(view).toMatchObject({ canStop: true, extra: "Next attempt in 5 ms." });
      expect(view.action).toMatchObject({ enabled: false, busy: true });
      return view.notice.title;
    });
    expect(new Set(titles).size).toBe(reasons.length);
  });

  it("says why, and where the order is", () => {
    expect(seen({ attempt: refused("not_eligible") }).notice.text).toBe("Members only");
    expect(seen({ attempt: refused("limit_reached", { orderId: "o1" }) }).action).toEqual({
      kind: "order",
      label: words.buttons.order,
      orderId: "o1",
    });
    expect(seen({ attempt: refused("sold_out"), phase: "sold_out" }).action).toMatchObject({
      enabled: false,
    });
    expect(seen({ attempt: refused("unauthenticated") }).action.kind).toBe("login");
    expect(seen({ attempt: refused("blacklisted") }).notice).toEqual(words.sale.blacklisted);
  });

  it("leads from a reservation to its payment, and says what is still being recorded", () => {
    const order = { orderId: "o1", state: "reserved", recorded: false, payBefore: NOW + 60 } as const;
    expect(seen({ attempt: { kind: "held", order } })).toMatchObject({
      action: { kind: "order", label: words.buttons.pay },
      extra: "60 ms left to pay. The order is being recorded. It is already safe.",
    });
    const paid = { ...order, state: "paid", recorded: true } as const;
    expect(seen({ attempt: { kind: "held", order: paid } }).notice).toEqual(words.sale.paid);
    for (const state of ["cancelled", "expired"] as const) {
      const view = seen({ attempt: { kind: "held", order: { ...order, state } } });
      expect(view.notice).toEqual(words.sale[state]);
      expect(view.action).toMatchObject({ kind: "buy", enabled: true });
    }
  });

  it("says that the network is away, but never hides a reservation behind it", () => {
    expect(seen({ isOnline: false }).notice).toEqual(words.sale.offline);
    const order = { orderId: "o1", state: "reserved", recorded: true, payBefore: NOW } as const;
    expect(seen({ isOnline: false, attempt: { kind: "held", order } }).notice).toEqual(words.sale.reserved);
  });
});

describe("the words", () => {
  it.each(LANGUAGES)("are complete in %s: no state is silent", (language) => {
    for (const [name, said] of Object.entries(LIVE_WORDS[language].sale)) {
      const value = typeof said === "function" ? said("x") : said;
      const texts = typeof value === "string" ? [value] : Object.values(value);
      for (const text of texts) expect(text, name).not.toBe("");
    }
  });
});
