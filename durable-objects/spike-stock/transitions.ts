import type { OrderState } from "../../workers/shared/order.ts";

/** What is to become of an order. `keep` answers yes without changing anything. */
export type Step =
  | { kind: "keep" }
  | { kind: "open_payment" }
  | { kind: "move"; to: OrderState; paymentId?: string }
  | { kind: "refuse"; detail: string };

/** The part of an order that decides. */
export interface Standing {
  state: OrderState;
  paymentId: string | null;
}

/** A charge that was made. `refusedBefore`: the ledger has said no to it once. */
export interface Charge {
  paymentId: string;
  refusedBefore: boolean;
}

/*
 * The rules of an order's life. An order that is overdue has been expired before it gets here, so
 * "paid in the last second" and "expired" cannot both win:
 *
 *   reserved → paid | cancelled | expired        expired → paid, if its units can be taken again
 *
 * `retakeProblem` says why an expired order's units cannot be taken again, null when they can.
 */

/** May this order be charged now? */
export function decideBeginPayment({ state }: Standing, retakeProblem: () => string | null): Step {
  switch (state) {
    case "reserved":
      return { kind: "open_payment" };
    case "paid":
      return { kind: "keep" };
    case "cancelled":
      return { kind: "refuse", detail: "The order was cancelled." };
    case "expired": {
      const detail = retakeProblem();
      return detail === null ? { kind: "open_payment" } : { kind: "refuse", detail };
    }
  }
}

/** The order was charged. A refusal means that the charge must be refunded, and stands for ever. */
export function decidePay(
  { state, paymentId: paidWith }: Standing,
  { paymentId, refusedBefore }: Charge,
  retakeProblem: () => string | null,
): Step {
  if (refusedBefore) {
    return { kind: "refuse", detail: "This payment came too late once and is being refunded." };
  }
  switch (state) {
    case "reserved":
      return { kind: "move", to: "paid", paymentId };
    case "paid":
      return paidWith === paymentId
        ? { kind: "keep" }
        : { kind: "refuse", detail: "The order was already paid with another payment." };
    case "cancelled":
      return { kind: "refuse", detail: "The order was cancelled." };
    case "expired": {
      const detail = retakeProblem();
      return detail === null ? { kind: "move", to: "paid", paymentId } : { kind: "refuse", detail };
    }
  }
}

/** The shopper gives the order up. A charge that is under way is refused when it arrives. */
export function decideCancel({ state }: Standing): Step {
  switch (state) {
    case "reserved":
      return { kind: "move", to: "cancelled" };
    case "cancelled":
      return { kind: "keep" };
    case "paid":
      return { kind: "refuse", detail: "The order is paid and can no longer be cancelled." };
    case "expired":
      return { kind: "refuse", detail: "The time to pay is over; the order has expired." };
  }
}
