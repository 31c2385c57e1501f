import type { GateStepResult } from "../../durable-objects/spike-gate/messages.ts";
import type { OrderStep, OrderStepResult } from "../../durable-objects/spike-stock/messages.ts";
import { GatheredCalls } from "../platform/gathered-calls.ts";
import { withGate } from "../platform/gate.ts";
import { withLedgerAt, withLedgerOfOrder } from "../platform/ledger.ts";
import { loadSpikeSettings } from "../platform/settings-store.ts";
import { log, messageOf } from "../shared/log.ts";
import { Refusal } from "../shared/refusals.ts";
import { retryAfterSeconds } from "../shared/retry-after.ts";
import { ledgerName, ledgerOfOrder } from "../shared/stripes.ts";
import { gateOf } from "../spike/gates.ts";

const calls = new GatheredCalls<OrderStep, GateStepResult>("order_step");

/**
 * Takes a step of an order to its ledger, together with the steps that are waiting in this isolate and in the
 * gate of its owner: a ledger answers some hundred calls a second, and each may carry a hundred steps. When
 * they cannot be taken together this one goes by itself, so that one that fails spoils no other. Safe to repeat.
 * @throws Refusal `overloaded` when the way to the ledger is full.
 */
export async function takeStep(env: Env, step: OrderStep): Promise<OrderStepResult> {
  if (env.GATHER === "off") return await takeAlone(env, step);
  const ledger = ledgerOfOrder(step.orderId);
  const { spikeId } = ledger;
  const gate = gateOf(step.userId, await loadSpikeSettings(env, spikeId));
  const send = (steps: OrderStep[]): Promise<GateStepResult[]> =>
    gate === null
      ? withLedgerAt(env, ledger, (stub) => stub.takeSteps(steps))
      : withGate(env, spikeId, gate, (stub) => stub.takeSteps({ spikeId, steps }));
  try {
    return accepted(await calls.submit(`${gate ?? "direct"} to ${ledgerName(ledger)}`, step, send));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    log.warn("order_step_not_gathered", { orderId: step.orderId, step: step.do, message: messageOf(error) });
    return await takeAlone(env, step);
  }
}

/** @throws Refusal `overloaded`. */
function accepted(result: GateStepResult): OrderStepResult {
  if (!result.ok && result.code === "overloaded") {
    throw new Refusal("overloaded", { retryAfter: retryAfterSeconds(0) });
  }
  return result;
}

/** By the calls for single steps, which every ledger and every version of it has. */
function takeAlone(env: Env, step: OrderStep): Promise<OrderStepResult> {
  const { orderId, userId } = step;
  return withLedgerOfOrder(env, orderId, (ledger): Promise<OrderStepResult> => {
    switch (step.do) {
      case "begin_payment":
        return ledger.beginPayment(orderId, userId);
      case "pay":
        return ledger.pay(orderId, userId, step.paymentId, step.attempt);
      case "cancel":
        return ledger.cancel(orderId, userId);
    }
  });
}
