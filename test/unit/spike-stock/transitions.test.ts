import { describe, expect, it } from "vitest";
import {
  decideBeginPayment,
  decideCancel,
  decidePay,
  type Step,
} from "../../../durable-objects/spike-stock/transitions.ts";
import type { OrderState } from "../../../workers/shared/order.ts";

const PAYMENT = "payment-1";
const CHARGE = { paymentId: PAYMENT, refusedBefore: false };
const retakable = () => null;
const taken = () => "gone to others";

/** Every state with every action; `expired` twice, because there it depends on the stock. */
const ACTIONS: Record<string, (state: OrderState, retakeProblem: () => string | null) => Step> = {
  beginPayment: (state, problem) => decideBeginPayment({ state, paymentId: paidWith(state) }, problem),
  pay: (state, problem) => decidePay({ state, paymentId: paidWith(state) }, CHARGE, problem),
  payAgainWithAnother: (state, problem) =>
    decidePay({ state, paymentId: paidWith(state) }, { ...CHARGE, paymentId: "payment-2" }, problem),
  payWithWhatWasRefused: (state, problem) =>
    decidePay({ state, paymentId: paidWith(state) }, { ...CHARGE, refusedBefore: true }, problem),
  cancel: (state) => decideCancel({ state, paymentId: paidWith(state) }),
};

const EXPECTED: Record<string, Record<OrderState | "expired, stock gone", string>> = {
  beginPayment: {
    reserved: "open_payment",
    paid: "keep",
    cancelled: "refuse",
    expired: "open_payment",
    "expired, stock gone": "refuse",
  },
  pay: {
    reserved: "paid",
    paid: "keep",
    cancelled: "refuse",
    expired: "paid",
    "expired, stock gone": "refuse",
  },
  payAgainWithAnother: {
    reserved: "paid",
    paid: "refuse",
    cancelled: "refuse",
    expired: "paid",
    "expired, stock gone": "refuse",
  },
  payWithWhatWasRefused: {
    reserved: "refuse",
    paid: "refuse",
    cancelled: "refuse",
    expired: "refuse",
    "expired, stock gone": "refuse",
  },
  cancel: {
    reserved: "cancelled",
    paid: "refuse",
    cancelled: "keep",
    expired: "refuse",
    "expired, stock gone": "refuse",
  },
};

describe.each(Object.entries(EXPECTED))("%s", (action, expected) => {
  it.each(Object.entries(expected))("of an order that is %s: %s", (standing, outcome) => {
    const gone = standing === "expired, stock gone";
    const state = (gone ? "expired" : standing) as OrderState;
    const step = ACTIONS[action]?.(state, gone ? taken : retakable);
    expect(step?.kind === "move" ? step.to : step?.kind).toBe(outcome);
  });
});

it("says why a late payment is refused, and keeps the payment of one that is taken", () => {
  const expired = { state: "expired", paymentId: null } as const;
  expect(decidePay(expired, CHARGE, taken)).toEqual({ kind: "refuse", detail: "gone to others" });
  expect(decidePay(expired, CHARGE, retakable)).toEqual({ kind: "move", to: "paid", paymentId: PAYMENT });
});

function paidWith(state: OrderState): string | null {
  return state === "paid" ? PAYMENT : null;
}
