import type { AccountComplaintCode } from "../../shared/complaints.ts";
import type { Phase } from "../../shared/spike.ts";

/** A headline and what it means. */
export interface Notice {
  title: string;
  text: string;
}

/** What the scripts say: every state a purchase or an order can be in has words of its own. */
export interface LiveWords {
  phase: Record<Phase, string>;
  stock: (remaining: string, total: string) => string;
  opens: (moment: string) => string;
  until: (moment: string) => string;
  buttons: {
    buy: string;
    startsSoon: string;
    checking: string;
    inLine: string;
    waiting: string;
    login: string;
    order: string;
    pay: string;
    paying: string;
    cancel: string;
    cancelling: string;
    keep: string;
    stop: string;
    again: string;
    enter: string;
    entering: string;
    logout: string;
    sale: string;
  };
  sale: {
    notStarted: Notice;
    notStartedMeanwhile: Notice;
    notStartedAnonymous: Notice;
    openAnonymous: Notice;
    ready: (timeToPay: string) => Notice;
    checking: Notice;
    inLine: Notice;
    reserved: Notice;
    payLeft: (left: string) => string;
    recording: string;
    paid: Notice;
    cancelled: Notice;
    expired: Notice;
    soldOut: Notice;
    limitReached: Notice;
    notEligible: (why: string) => Notice;
    blacklisted: Notice;
    slowDown: Notice;
    crowd: Notice;
    proving: Notice;
    proofFailed: Notice;
    paused: Notice;
    pausedMeanwhile: Notice;
    ended: Notice;
    offline: Notice;
    trouble: Notice;
    gaveUp: Notice;
    gone: Notice;
    again: (seconds: string) => string;
  };
  order: {
    title: string;
    recording: Notice;
    reserved: Notice;
    paid: Notice;
    cancelled: Notice;
    expired: Notice;
    missing: Notice;
    anonymous: Notice;
    changed: Notice;
    refunded: Notice;
    failed: Notice;
    noAnswer: Notice;
    askCancel: Notice;
    payWithin: string;
    item: string;
    quantity: string;
    amount: string;
    number: string;
    placed: string;
    payBefore: string;
    loading: string;
    listTrouble: Notice;
    none: Notice;
  };
  account: {
    hello: (name: string) => string;
    required: string;
    wrong: string;
    tooOften: (wait: string) => string;
    crowd: string;
    blocked: string;
    noAnswer: string;
    failed: string;
    keepsNothing: string;
    /** `#` stands for the number. */
    fields: Record<AccountComplaintCode, string>;
  };
  announce: {
    startsIn: (left: string) => string;
    started: string;
    endsIn: (left: string) => string;
    ended: string;
    payWithin: (left: string) => string;
  };
  startsIn: string;
  endsIn: string;
  over: string;
}
