import { withOrderStore } from "../../order/store/open-order-store.ts";
import { readStatus, viewLedgers } from "../../platform/sale-ledgers.ts";
import { pageOf, type Position } from "../../shared/cursor.ts";
import { randomId, stripesOf } from "../../shared/ids.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import { log, messageOf } from "../../shared/log.ts";
import type {
  DifferenceOutcome,
  ReconciliationMode,
  ReconciliationPosition,
} from "../../shared/reconciliation.ts";
import { explain } from "../../shared/explanations.ts";
import { Refusal } from "../../shared/refusals.ts";
import { noSuchSpike } from "../../spike/catalogue.ts";
import { readSpike } from "../../spike/spike-rows.ts";
import { readSpikes } from "../spikes.ts";
import { type ComparedPage, compareLedgerPage, searchDatabasePage } from "./pages.ts";
import { repairDifferences } from "./repair.ts";
import {
  insertRun,
  keepDifferences,
  readOpenRun,
  readRun,
  type Run,
  saveStep,
  type StepResult,
} from "./runs.ts";

/** Who drives the runs that no admin drives. */
export const CRON = "cron";

const RUN_ID_CHARS = 16;
/** Pages one call goes on for at most; with a repair's calls they stay below the platform's thousand. */
const PAGES_PER_CALL_MAX = 60;

/** Sales for which one call begins runs, and how many of them at the same moment. */
const SALES_PER_CALL = 50;
const SALES_AT_ONCE = 6;

/** What a run is to do. */
export interface RunRequest {
  mode: ReconciliationMode;
  /** The admin's user id, or CRON. */
  actor: string;
  /** Repairs also remove orders that a ledger which was lost may have sold. */
  removesUnproven?: boolean;
}

/**
 * Begins a run, or joins the one of this kind that is under way.
 * @throws Refusal `not_found`, or `order_state` when the sale's ledger is lost: there is nothing to compare with.
 */
export async function openRun(env: Env, spikeId: string, request: RunRequest, now: number): Promise<Run> {
  const underWay = await readOpenRun(env, spikeId, request.mode);
  if (underWay) return underWay;
  const { mode, actor, removesUnproven = false } = request;
  const run: Run = {
    ...{ id: randomId(RUN_ID_CHARS), spikeId, mode, startedBy: actor, removesUnproven },
    ...{ startedAt: now, updatedAt: now, finishedAt: null, step: 0 },
    position: { side: "ledger", stripe: 0, after: 0, before: null, repairing: false },
    tally: {
      ...(await countOrders(env, spikeId)),
      ...{ compared: 0, searched: 0, missing: 0, extra: 0, different: 0, onTheWay: 0 },
      ...{ fields: {}, kept: 0, refused: 0 },
    },
  };
  const details = { run: run.id, removesUnproven };
  const entry = mode === "repair" ? { actor, action: "orders.repair", subject: spikeId, details } : null;
  if (await insertRun(env, run, entry)) return run;
  return await openRun(env, spikeId, request, now);
}

/**
 * Begins runs for a page of all sales, the newest first; cron drives them. A sale that cannot be compared is
 * passed over and logged.
 */
export async function openRunsOfAll(env: Env, request: RunRequest, before: Position | null, now: number) {
  const { page, ...next } = pageOf(
    await readSpikes(env, before, SALES_PER_CALL + 1),
    SALES_PER_CALL,
    (row) => ({
      at: row.createdAt,
      id: row.spike.id,
    }),
  );
  let opened = 0;
  await inParallel(page, SALES_AT_ONCE, async ({ spike }) => {
    try {
      await openRun(env, spike.id, request, now);
      opened += 1;
    } catch (error) {
      log.error("reconciliation_failed", { spikeId: spike.id, message: messageOf(error) });
    }
  });
  return { opened, passedOver: page.length - opened, ...next };
}

/** Counts first: how many orders both sides have in each state. */
async function countOrders(env: Env, spikeId: string) {
  if (!(await readSpike(env, spikeId))) throw noSuchSpike();
  const { configVersion } = await readStatus(env, spikeId);
  if (configVersion === 0) {
    throw new Refusal("order_state", explain("ledger_lost"));
  }
  const counts = await withOrderStore(env, (store) => store.countByState(spikeId));
  const { orders: ledger } = await viewLedgers(env, spikeId);
  const { reserved, paid, cancelled, expired } = counts;
  return { ledger, database: { reserved, paid, cancelled, expired } };
}

/**
 * Goes on with a run until it is finished or `until` has passed, one page at least. A run that stops
 * here, or dies, goes on from its last page, whoever drives it.
 * @param until epoch milliseconds.
 */
export async function driveRun(env: Env, run: Run, until: number): Promise<Run> {
  let current = run;
  for (let pages = 0; pages < PAGES_PER_CALL_MAX; pages++) {
    if (current.finishedAt !== null || (pages > 0 && Date.now() >= until)) break;
    const result = await takeStep(env, current);
    if (await saveStep(env, current, result)) current = { ...result.run, step: current.step + 1 };
    // Somebody else drives it too: this page counts once, as theirs.
    else current = (await readRun(env, run.spikeId, run.id)) ?? current;
  }
  return current;
}

/** A page with differences takes two steps of a repair: they are counted and kept, and only then mended. */
async function takeStep(env: Env, run: Run): Promise<StepResult> {
  const { spikeId, mode, position } = run;
  const page = await comparePage(env, spikeId, position);
  if (position.repairing) return await repairPage(env, run, page);
  await keepDifferences(env, run, page.differences);
  const mends = mode === "repair" && page.differences.length > 0;
  return concluded(countPage(run, page), mends ? { ...position, repairing: true } : page.next);
}

interface RunPage extends Omit<ComparedPage<never>, "next"> {
  side: ReconciliationPosition["side"];
  /** Null when the run has come to its end. */
  next: ReconciliationPosition | null;
}

async function comparePage(env: Env, spikeId: string, position: ReconciliationPosition): Promise<RunPage> {
  const start = { ...position, repairing: false };
  if (position.side === "ledger") {
    const { stripe, after } = position;
    const page = await compareLedgerPage(env, { spikeId, stripe }, after);
    if (page.next !== null) return { ...page, side: "ledger", next: { ...start, after: page.next } };
    const isLast = stripe + 1 === stripesOf(spikeId);
    const next = isLast
      ? ({ ...start, side: "database" } as const)
      : { ...start, stripe: stripe + 1, after: 0 };
    return { ...page, side: "ledger", next };
  }
  const page = await searchDatabasePage(env, spikeId, position.before);
  return { ...page, side: "database", next: page.next && { ...start, before: page.next } };
}

function countPage(run: Run, { side, orders, onTheWay, differences }: RunPage): Run {
  const tally = { ...run.tally, fields: { ...run.tally.fields } };
  if (side === "ledger") tally.compared += orders;
  else tally.searched += orders;
  tally.onTheWay += onTheWay;
  for (const { kind, fields } of differences) {
    tally[kind] += 1;
    for (const field of fields) tally.fields[field] = (tally.fields[field] ?? 0) + 1;
  }
  return { ...run, tally };
}

async function repairPage(env: Env, run: Run, { differences, next }: RunPage): Promise<StepResult> {
  await keepDifferences(env, run, differences);
  const { kept, refused } = await repairDifferences(env, run.spikeId, differences, run.removesUnproven);
  const outcomes = new Map<string, { outcome: DifferenceOutcome; reason?: string }>();
  for (const orderId of kept) outcomes.set(orderId, { outcome: "kept" });
  for (const [orderId, reason] of refused) outcomes.set(orderId, { outcome: "refused", reason });
  const tally = {
    ...run.tally,
    kept: run.tally.kept + kept.length,
    refused: run.tally.refused + refused.size,
  };
  return concluded({ ...run, tally }, next, outcomes);
}

function concluded(
  run: Run,
  next: ReconciliationPosition | null,
  outcomes: StepResult["outcomes"] = new Map(),
): StepResult {
  const now = Date.now();
  if (next !== null) {
    return { run: { ...run, position: next, updatedAt: now }, outcomes, entry: null };
  }
  const finished = { ...run, updatedAt: now, finishedAt: now };
  report(finished);
  const { missing, extra, different, kept, refused } = run.tally;
  const details = { run: run.id, missing, extra, different, kept, refused };
  const entry = { actor: run.startedBy, action: "orders.repaired", subject: run.spikeId, details };
  return { run: finished, outcomes, entry: run.mode === "repair" ? entry : null };
}

/** Alerts watch for this line. */
function report({ id, spikeId, mode, tally }: Run): void {
  const { missing, extra, different, onTheWay } = tally;
  const fields = { runId: id, spikeId, mode, missing, extra, different, onTheWay };
  if (missing + extra + different > 0) log.error("reconciliation_found_differences", fields);
  else log.info("reconciliation_matches", fields);
}
