import type { OrderSnapshot } from "../../workers/shared/order.ts";
import type { OrderStep, OrderStepResult, TransitionResult } from "./messages.ts";
import type { OrderRow } from "./rows.ts";
import type { LedgerStore } from "./store.ts";
import type { decideBeginPayment, decideCancel, decidePay, Step } from "./transitions.ts";
import type { Turn } from "./turn.ts";

/** What the steps need to know of their ledger. */
export interface StepsOfLedger {
  rules: () => {
    decideBeginPayment: typeof decideBeginPayment;
    decidePay: typeof decidePay;
    decideCancel: typeof decideCancel;
  };
  /** The row of an order of this ledger, null when there is none. */
  find: (orderId: string) => OrderRow | null;
  snapshot: (row: OrderRow) => OrderSnapshot;
  /** Why the units of an expired order cannot be taken again, null when they can. */
  retakeProblem: (row: OrderRow, turn: Turn) => string | null;
}

/**
 * What an order's owner does with it: the rules decide, and what they decide is done in the transaction that
 * is given. Steps of one transaction see what those before them did, so many may share one.
 */
export class OrderSteps {
  readonly #store: LedgerStore;
  readonly #ledger: StepsOfLedger;

  constructor(store: LedgerStore, ledger: StepsOfLedger) {
    this.#store = store;
    this.#ledger = ledger;
  }

  take(turn: Turn, step: OrderStep): OrderStepResult {
    switch (step.do) {
      case "begin_payment":
        return this.#beginPayment(turn, step);
      case "pay":
        return this.#pay(turn, step);
      case "cancel":
        return this.#move(turn, step, this.#ledger.rules().decideCancel);
    }
  }

  #beginPayment(turn: Turn, begin: OrderStep & { do: "begin_payment" }): OrderStepResult {
    const { rules, retakeProblem } = this.#ledger;
    let attempt: number | undefined;
    const result = this.#move(turn, begin, (row) => {
      const step = rules().decideBeginPayment(row, () => retakeProblem(row, turn));
      if (step.kind === "open_payment") attempt = this.#store.joinPayment(row.sequence, turn.now);
      return step;
    });
    return result.ok && attempt !== undefined ? { ...result, attempt } : result;
  }

  #pay(turn: Turn, pay: OrderStep & { do: "pay" }): TransitionResult {
    const { rules, retakeProblem } = this.#ledger;
    const { paymentId, attempt } = pay;
    return this.#move(turn, pay, (row) => {
      const { sequence } = row;
      const refusedBefore = this.#store.isRefused(sequence, paymentId);
      const charge = { paymentId, refusedBefore };
      const step = rules().decidePay(row, charge, () => retakeProblem(row, turn));
      if (step.kind !== "refuse") this.#store.closePaidAttempts(sequence);
      else if (!refusedBefore) this.#store.refusePayment(sequence, paymentId, attempt, turn.now);
      return step;
    });
  }

  #move(turn: Turn, { orderId, userId }: OrderStep, decide: (row: OrderRow) => Step): TransitionResult {
    const { find, snapshot } = this.#ledger;
    const found = find(orderId);
    if (found?.userId !== userId) return { ok: false, code: "not_found" };
    // More may be overdue than one page; this order must not profit from that.
    const row = turn.expireIfOverdue(found);
    const step = decide(row);
    if (step.kind === "refuse") {
      return { ok: false, code: "order_state", order: snapshot(row), detail: step.detail };
    }
    if (step.kind !== "move") return { ok: true, order: snapshot(row) };
    const { to, paymentId = row.paymentId } = step;
    return { ok: true, order: snapshot(turn.move({ ...row, paymentId }, to)) };
  }
}
