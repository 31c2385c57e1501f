import type { LiveWords, Notice } from "../../workers/pages/words/live-words.ts";
import type { Phase } from "../../workers/shared/spike.ts";
import type { Attempt, FinalCode, WaitReason } from "./attempt.ts";
import { mayBuy } from "./may-buy.ts";

/** Everything a sale page knows at one moment. Times are epoch milliseconds on the server. */
export interface SaleMoment {
  phase: Phase;
  attempt: Attempt;
  isLoggedIn: boolean;
  isOnline: boolean;
  /** Why the access rules say no, known before the start; undefined when they do not or nobody asked. */
  notEligible: string | undefined;
  now: number;
}

export type Tone = "plain" | "wait" | "good" | "no";

/** What the main button is. `link` leads elsewhere instead of buying. */
export type Action =
  | { kind: "buy"; label: string; enabled: boolean; busy: boolean }
  | { kind: "login"; label: string }
  | { kind: "order"; label: string; orderId: string }
  | { kind: "nothing" };

export interface SaleView {
  action: Action;
  tone: Tone;
  notice: Notice;
  /** A second line that changes while the notice stays: the next attempt, what is being recorded. */
  extra: string;
  /** May the quantity still be chosen? */
  canChoose: boolean;
  canStop: boolean;
}

/** How durations and rules are said; given in, so that this file stays free of clocks and locales. */
export interface Sayings {
  words: LiveWords;
  duration: (ms: number) => string;
  /** How long a reservation lasts in this sale. */
  timeToPay: string;
  /** The rule's sentence in the reader's language, else the server's own words. */
  rule: (kind: string | undefined, detail: string | undefined) => string;
}

const QUIET = { extra: "", canChoose: false, canStop: false };

/** What to show at a moment. The only place that knows which words belong to which state. */
export function viewOf(moment: SaleMoment, say: Sayings): SaleView {
  const view = attemptView(moment, say);
  const offline = !moment.isOnline && moment.attempt.kind !== "held";
  return offline ? { ...view, tone: "wait", notice: say.words.sale.offline, extra: "" } : view;
}

function attemptView(moment: SaleMoment, say: Sayings): SaleView {
  const { attempt, now } = moment;
  const { words } = say;
  const busy = (label: string): Action => ({ kind: "buy", label, enabled: false, busy: true });
  switch (attempt.kind) {
    case "none":
      return idleView(moment, say);
    case "checking":
      return { ...QUIET, action: busy(words.buttons.checking), tone: "wait", notice: words.sale.checking };
    case "in_line":
      return { ...QUIET, action: busy(words.buttons.inLine), tone: "wait", notice: words.sale.inLine };
    case "proving":
      return {
        ...QUIET,
        action: busy(words.buttons.checking),
        tone: "wait",
        notice: words.sale.proving,
        canStop: true,
      };
    case "waiting": {
      const notice = noticeOfWait(attempt.reason, words);
      const extra = attempt.reason === "offline" ? "" : words.sale.again(say.duration(attempt.until - now));
      return { ...QUIET, action: busy(words.buttons.waiting), tone: "wait", notice, extra, canStop: true };
    }
    case "held":
      return heldView(attempt, moment, say);
    case "refused":
      return refusedView(attempt, moment, say);
  }
}

function idleView(moment: SaleMoment, { words, timeToPay }: Sayings): SaleView {
  const { phase, isLoggedIn, notEligible } = moment;
  const plain = { ...QUIET, tone: "plain", canChoose: true } as const;
  const buy = (enabled: boolean, label = words.buttons.buy): Action => ({
    kind: "buy",
    label,
    enabled,
    busy: false,
  });
  if (phase === "ended")
    return { ...QUIET, action: { kind: "nothing" }, tone: "plain", notice: words.sale.ended };
  if (notEligible !== undefined) {
    const notice = words.sale.notEligible(notEligible);
    return { ...QUIET, action: buy(false), tone: "no", notice };
  }
  const orLogin = (action: Action): Action =>
    isLoggedIn ? action : { kind: "login", label: words.buttons.login };
  switch (phase) {
    case "upcoming": {
      const notice = isLoggedIn ? words.sale.notStarted : words.sale.notStartedAnonymous;
      return { ...plain, action: orLogin(buy(false, words.buttons.startsSoon)), notice };
    }
    case "paused":
      return { ...plain, action: orLogin(buy(false)), tone: "wait", notice: words.sale.paused };
    case "sold_out":
      return { ...plain, action: orLogin(buy(false)), tone: "no", notice: words.sale.soldOut };
    case "open":
      return {
        ...plain,
        action: orLogin(buy(true)),
        notice: isLoggedIn ? words.sale.ready(timeToPay) : words.sale.openAnonymous,
      };
  }
}

function heldView({ order }: Extract<Attempt, { kind: "held" }>, moment: SaleMoment, say: Sayings): SaleView {
  const { words } = say;
  const seeOrder: Action = { kind: "order", label: words.buttons.order, orderId: order.orderId };
  switch (order.state) {
    case "reserved": {
      const left =
        order.payBefore === undefined ? [] : [words.sale.payLeft(say.duration(order.payBefore - moment.now))];
      const extra = [...left, ...(order.recorded ? [] : [words.sale.recording])].join(" ");
      const action: Action = { ...seeOrder, label: words.buttons.pay };
      return { ...QUIET, action, tone: "good", notice: words.sale.reserved, extra };
    }
    case "paid":
      return { ...QUIET, action: seeOrder, tone: "good", notice: words.sale.paid };
    case "cancelled":
    case "expired": {
      const idle = idleView(moment, say);
      const mayAgain = idle.action.kind === "buy" && idle.action.enabled;
      return mayAgain ? { ...idle, notice: words.sale[order.state] } : idle;
    }
  }
}

function refusedView(
  attempt: Extract<Attempt, { kind: "refused" }>,
  moment: SaleMoment,
  say: Sayings,
): SaleView {
  const { code, detail } = attempt;
  const { words } = say;
  const notice = noticeOfRefusal(code, say, detail?.rule, detail?.detail);
  const rest = { ...QUIET, tone: "no", notice } as const;
  if (code === "unauthenticated") return { ...rest, action: { kind: "login", label: words.buttons.login } };
  if (code === "limit_reached" && detail?.orderId !== undefined) {
    return { ...rest, action: { kind: "order", label: words.buttons.order, orderId: detail.orderId } };
  }
  if (code === "ended" || code === "not_found" || moment.phase === "ended") {
    return { ...rest, action: { kind: "nothing" } };
  }
  const enabled = moment.phase === "open" && mayBuy(attempt, moment.now);
  const label = code === "sold_out" ? words.buttons.buy : words.buttons.again;
  return {
    ...rest,
    action: { kind: "buy", label, enabled, busy: false },
    canChoose: enabled,
  };
}

function noticeOfWait(reason: WaitReason, { sale }: LiveWords): Notice {
  switch (reason) {
    case "slow_down":
      return sale.slowDown;
    case "crowd":
      return sale.crowd;
    case "paused":
      return sale.pausedMeanwhile;
    case "not_started":
      return sale.notStartedMeanwhile;
    case "trouble":
      return sale.trouble;
    case "offline":
      return sale.offline;
  }
}

function noticeOfRefusal(
  code: FinalCode,
  { words: { sale }, rule }: Sayings,
  kind: string | undefined,
  detail: string | undefined,
): Notice {
  switch (code) {
    case "sold_out":
      return sale.soldOut;
    case "limit_reached":
      return sale.limitReached;
    case "not_eligible":
      return sale.notEligible(rule(kind, detail));
    case "blacklisted":
      return sale.blacklisted;
    case "ended":
      return sale.ended;
    case "too_early":
      return sale.notStarted;
    case "not_found":
      return sale.gone;
    case "unauthenticated":
      return sale.openAnonymous;
    case "proof_failed":
      return sale.proofFailed;
    case "gave_up":
    case "invalid_request":
    case "invalid_spike_token":
    case "idempotency_conflict":
    case "order_state":
      return sale.gaveUp;
  }
}
