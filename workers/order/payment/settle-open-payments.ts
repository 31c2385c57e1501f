import { and, asc, count, gt, lte } from "drizzle-orm";
import type { OpenPayment } from "../../../durable-objects/spike-stock/messages.ts";
import { spikes } from "../../database/schema.ts";
import { database } from "../../platform/database.ts";
import { withLedgerAt, withLedgerOfOrder } from "../../platform/ledger.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import { log, messageOf } from "../../shared/log.ts";
import { ledgersOf } from "../../shared/stripes.ts";
import { withTimeLimit } from "../../shared/time-limit.ts";
import { type PaymentProvider, PROVIDER_TIMEOUT_MS } from "./provider.ts";
import { settleCharge } from "./settle-charge.ts";

/** A payment this old has no request behind it any more: far above PROVIDER_TIMEOUT_MS. */
export const OPEN_PAYMENT_STALE_MS = 120_000;
/** How long after its end a spike is looked at; a hold lasts a day at most, a provider's outage a few. */
export const SETTLE_AFTER_END_MS = 7 * 86_400_000;
/** Spikes whose ledgers are asked in one run; with more of them the runs take turns. */
export const SETTLE_SPIKES_PER_RUN = 200;
/** Payments of one ledger settled in one run; the rest are older still in the next. */
const SETTLE_PAYMENTS_PER_LEDGER = 100;
/** Ledgers asked at a time: the platform opens six connections per invocation. */
const SETTLE_WIDTH = 6;
/** A run stops starting new work after this, in milliseconds; the next one goes on. */
const SETTLE_RUN_MAX_MS = 40_000;
const RUN_INTERVAL_MS = 60_000;

/**
 * Finishes payments that were begun and never settled because something crashed or was unreachable:
 * what the provider has charged goes to the ledger, which takes it or has it refunded; what it has
 * not is closed. Run by cron; every step is safe to repeat and to run twice at once.
 * @param now epoch milliseconds.
 */
export async function settleOpenPayments(env: Env, provider: PaymentProvider, now: number): Promise<void> {
  const startedAt = Date.now();
  const isLate = () => Date.now() - startedAt > SETTLE_RUN_MAX_MS;
  const olderThan = now - OPEN_PAYMENT_STALE_MS;
  const ledgers = (await recentSpikeIds(env, now)).flatMap(ledgersOf);
  await inParallel(ledgers, SETTLE_WIDTH, async (of) => {
    if (isLate()) return;
    try {
      const open = await withLedgerAt(env, of, (ledger) =>
        ledger.openPayments(olderThan, SETTLE_PAYMENTS_PER_LEDGER),
      );
      for (const payment of open) if (!isLate()) await settleOne(env, provider, payment);
    } catch (error) {
      log.error("open_payments_unreadable", { ...of, message: messageOf(error) });
    }
  });
}

/** One payment that cannot be settled now must not keep the others waiting. */
async function settleOne(env: Env, provider: PaymentProvider, open: OpenPayment): Promise<void> {
  const { attempt } = open;
  const { orderId } = open.order;
  try {
    const looking = provider.find({ orderId, attempt });
    const payment = await withTimeLimit(looking, PROVIDER_TIMEOUT_MS, "Looking for a payment");
    if (payment?.state === "charged") {
      const { outcome } = await settleCharge(env, provider, open, payment.paymentId);
      log.info("open_payment_settled", { orderId, outcome });
    } else {
      await withLedgerOfOrder(env, orderId, (ledger) => ledger.closePayment(orderId, attempt));
      log.info("open_payment_settled", { orderId, outcome: payment?.state ?? "not_charged" });
    }
  } catch (error) {
    log.error("open_payment_not_settled", { orderId, message: messageOf(error) });
  }
}

/** This run's share of the spikes that have begun and did not end too long ago. */
async function recentSpikeIds(env: Env, now: number): Promise<string[]> {
  const db = database(env);
  const recent = and(lte(spikes.startsAt, now), gt(spikes.endsAt, now - SETTLE_AFTER_END_MS));
  const [found] = await db.select({ spikes: count() }).from(spikes).where(recent);
  const shares = Math.ceil((found?.spikes ?? 0) / SETTLE_SPIKES_PER_RUN);
  const share = shares > 1 ? Math.floor(now / RUN_INTERVAL_MS) % shares : 0;
  const rows = await db
    .select({ id: spikes.id })
    .from(spikes)
    .where(recent)
    .orderBy(asc(spikes.id))
    .limit(SETTLE_SPIKES_PER_RUN)
    .offset(share * SETTLE_SPIKES_PER_RUN);
  return rows.map(({ id }) => id);
}
