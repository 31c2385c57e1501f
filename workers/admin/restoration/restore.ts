import type {
  LedgerCondition,
  RestoredLedger,
  RestoreReply,
  RestoreResult,
} from "../../../durable-objects/spike-stock/messages.ts";
import { withOrderStore } from "../../order/store/open-order-store.ts";
import { withEveryLedger, withLedgerAt } from "../../platform/ledger.ts";
import type { Position } from "../../shared/cursor.ts";
import { isIn, type LedgerRef, parseOrderId, stripesOf } from "../../shared/ids.ts";
import type { OrderSnapshot, OrderState } from "../../shared/order.ts";
import { explain } from "../../shared/explanations.ts";
import { Refusal } from "../../shared/refusals.ts";
import type { SpikeConfig } from "../../shared/spike.ts";
import { forgetSpike, noSuchSpike } from "../../spike/catalogue.ts";
import { readSpike } from "../../spike/spike-rows.ts";
import { auditAfterwards } from "../audit.ts";
import { countOpenLetters } from "../dead-letters/dead-letters.ts";
import { tellLedger } from "../kill-switch.ts";
import { currentSwitch } from "../settings.ts";
import type { Obstacle } from "./contract.ts";
import { heardOf } from "./survivors.ts";
import { newRestoreId, stripeOfRestore } from "./restore-id.ts";
import { knownUnits } from "./known-units.ts";

/** Orders handed to the object at a time. */
const PAGE_ORDERS = 1_000;
/** Pages of one call; with the other calls they stay below the platform's thousand. */
const PAGES_PER_CALL_MAX = 200;

/** How it stands with a sale's ledger and with what would make it again. */
export interface Assessment {
  spike: SpikeConfig;
  /** The ledger in question: the first one of the sale that is not there. */
  ledger: LedgerRef;
  condition: LedgerCondition;
  /** How many ledgers of the sale are lost, this one included. */
  lost: number;
  /** Its orders, as the database has them. */
  orders: Record<OrderState, number>;
  deadLetters: number;
  /** Units that somebody can vouch for. */
  units: number;
}

export interface RestoreRequest {
  actor: string;
  /** Goes on with this restoration, from this position on; absent: begin. */
  restore?: string | undefined;
  after: Position | null;
  /** What is to become of unpaid reservations. */
  unpaid?: "expire" | undefined;
  /** Units there really are, where the trail does not know them all. */
  stock?: number | undefined;
}

export type RestoreProgress = { restore: string; taken: number; total: number } & (
  | { state: "walking"; next: Position }
  | { state: "waiting"; until: number }
  | { state: "done"; ledger: RestoredLedger }
);

/**
 * @param stripe asks about this ledger of the sale; absent: about the first that is not there.
 * @throws Refusal `not_found`.
 */
export async function assess(env: Env, spikeId: string, now: number, stripe?: number): Promise<Assessment> {
  const spike = await readSpike(env, spikeId);
  if (!spike) throw noSuchSpike();
  const conditions = await withEveryLedger(env, spikeId, (ledger) => ledger.condition());
  const isLost = (condition: LedgerCondition) => condition === "lost" || condition === "restoring";
  const ledger = { spikeId, stripe: stripe ?? Math.max(0, conditions.findIndex(isLost)) };
  const { reserved, paid, cancelled, expired } = await withOrderStore(env, (store) =>
    store.countByState(spikeId, stripesOf(spikeId) > 1 ? ledger.stripe : undefined),
  );
  // A sale of which one ledger was erased is being deleted, all of it.
  const condition = conditions.includes("erased") ? "erased" : conditions[ledger.stripe];
  return {
    spike,
    ledger,
    condition: condition ?? "open",
    lost: conditions.filter(isLost).length,
    orders: { reserved, paid, cancelled, expired },
    deadLetters: await countOpenLetters(env, spikeId),
    units: await knownUnits(env, spike, now),
  };
}

/** What stands in the way, as far as it can be known beforehand. */
export function obstaclesOf(
  { condition, orders, deadLetters, units }: Assessment,
  { unpaid, stock = units }: Pick<RestoreRequest, "unpaid" | "stock">,
): Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (condition === "open") obstacles.push("not_lost");
  if (condition === "erased") obstacles.push("erased");
  if (deadLetters > 0) obstacles.push("dead_letters");
  if (orders.reserved > 0 && unpaid !== "expire") obstacles.push("unpaid");
  // An order has one unit at least; how many there are is known at the end.
  if (orders.paid > stock) obstacles.push("oversold");
  return obstacles;
}

const EXPLAINED = {
  not_lost: explain("ledger_not_lost"),
  erased: explain("ledger_erased"),
  dead_letters: explain("letters_first"),
  unpaid: explain("unpaid_first"),
  oversold: explain("more_paid_than_known"),
} satisfies Record<Obstacle, unknown>;

/**
 * Goes on bringing back a lost ledger until it is done, or has to wait, or `until` has passed. Each call checks
 * again what stands in the way.
 * @throws Refusal `not_found`, or `order_state` with what stands in the way.
 */
export async function restoreLedger(
  env: Env,
  spikeId: string,
  request: RestoreRequest,
  until: number,
): Promise<RestoreProgress> {
  const stripe = request.restore === undefined ? undefined : stripeOfRestore(spikeId, request.restore);
  const assessment = await assess(env, spikeId, Date.now(), stripe);
  const finished = request.restore !== undefined && assessment.condition === "open";
  const [obstacle] = finished ? [] : obstaclesOf(assessment, request);
  if (obstacle) throw new Refusal("order_state", EXPLAINED[obstacle]);
  const { ledger: of, orders, units } = assessment;
  const { restore = newRestoreId(of), actor } = request;
  if (request.restore === undefined) {
    const details = {
      restore,
      ledger: of.stripe,
      orders,
      units,
      unpaid: request.unpaid,
      stock: request.stock,
    };
    const entry = { actor, action: "ledger.restore", subject: spikeId, details };
    await auditAfterwards(env, entry, Date.now());
  }
  const total = Object.values(orders).reduce((sum, count) => sum + count, 0);
  if (!finished) {
    const { taken, next } = await walk(env, of, { ...request, restore }, until);
    if (next) return { restore, taken, total, state: "walking", next };
  }
  const others = await heardOf(env, of);
  const expected = {
    orders: total,
    // What the others have was not sold by this one.
    units: Math.max(0, (request.stock ?? units) - others.units),
    transfers: others.transfers,
  };
  const config = { ...assessment.spike, ...(of.stripe > 0 && { stripe: of.stripe }) };
  const result = await withLedgerAt(env, of, (ledger) => ledger.finishRestore(restore, config, expected));
  if (!result.ok && result.code === "wait") {
    return { restore, taken: total, total, state: "waiting", until: result.until };
  }
  if (!result.ok) throw refusalOf(result);
  if (!result.again) await announce(env, of, { actor, restore, ledger: result.ledger });
  return { restore, taken: total, total, state: "done", ledger: result.ledger };
}

/** Hands the database's orders of a ledger to its object, the newest first. `next` is null when all have been handed over. */
async function walk(
  env: Env,
  of: LedgerRef,
  { restore, after }: { restore: string; after: Position | null },
  until: number,
): Promise<{ taken: number; next: Position | null }> {
  return await withOrderStore(env, async (store) => {
    let [position, taken] = [after, 0];
    for (let pages = 0; pages < PAGES_PER_CALL_MAX; pages++) {
      if (pages > 0 && Date.now() >= until) break;
      const { orders, next } = await store.page({ spikeId: of.spikeId }, position, PAGE_ORDERS);
      const own = ordersIn(of, orders);
      const isFirst = position === null;
      const reply = await withLedgerAt(env, of, (ledger) => ledger.restorePage(restore, own, isFirst));
      if (!reply.ok) throw refusalOf(reply);
      taken = reply.orders;
      position = next;
      if (next === null) break;
    }
    return { taken, next: position };
  });
}

/** @throws Refusal for an order that is of no ledger of this sale. */
function ordersIn(ledger: LedgerRef, orders: readonly OrderSnapshot[]): OrderSnapshot[] {
  const { spikeId } = ledger;
  const stranger = orders.find(({ orderId }) => parseOrderId(orderId)?.spikeId !== spikeId);
  if (stranger) throw new Refusal("order_state", explain("order_of_another_sale", stranger.orderId));
  return orders.filter(({ orderId }) => isIn(ledger, parseOrderId(orderId) ?? NOWHERE));
}

const NOWHERE: LedgerRef = { spikeId: "", stripe: 0 };

type Failed = Exclude<Extract<RestoreReply | RestoreResult, { ok: false }>, { code: "wait" }>;

function refusalOf(failed: Failed): Refusal {
  const explained = {
    not_lost: EXPLAINED.not_lost,
    oversold: EXPLAINED.oversold,
    other_restore: explain("restore_of_another"),
    damaged: explain("number_twice"),
    changed: explain("orders_changed"),
  } satisfies Record<Failed["code"], unknown>;
  return new Refusal("order_state", explained[failed.code]);
}

async function announce(
  env: Env,
  { spikeId, stripe }: LedgerRef,
  { actor, restore, ledger }: { actor: string; restore: string; ledger: RestoredLedger },
): Promise<void> {
  const details = { restore, ledger: stripe, ...ledger };
  await auditAfterwards(env, { actor, action: "ledger.restored", subject: spikeId, details }, Date.now());
  await tellLedger(env, spikeId, await currentSwitch(env));
  forgetSpike(spikeId);
}
