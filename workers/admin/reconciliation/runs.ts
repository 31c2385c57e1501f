import { and, asc, desc, eq, inArray, isNull, lt, sql } from "drizzle-orm";
import { reconciliationDifferences, reconciliations } from "../../database/schema.ts";
import { database } from "../../platform/database.ts";
import type { Position } from "../../shared/cursor.ts";
import type { DifferenceOutcome, ReconciliationMode } from "../../shared/reconciliation.ts";
import { type AuditEntry, auditIfChanged } from "../audit.ts";
import type { Difference } from "./compare.ts";

/** A comparison or a repair of one sale, under way or finished. */
export type Run = typeof reconciliations.$inferSelect;
export type KeptDifference = typeof reconciliationDifferences.$inferSelect;

/** Differences a run keeps in words; all are counted. Orders that a repair removes are kept without a limit. */
export const DIFFERENCES_KEPT_MAX = 1_000;

/** How a step leaves a run. */
export interface StepResult {
  run: Run;
  /** What became of differences that could not be repaired. */
  outcomes: ReadonlyMap<string, { outcome: DifferenceOutcome; reason?: string }>;
  /** What the trail says when this was the last step. */
  entry: AuditEntry | null;
}

/**
 * Stores a new run, with its entry in the trail if it will change anything.
 * @returns false, and stores nothing, when one of this kind is under way: of two who begin at once, one does.
 */
export async function insertRun(env: Env, run: Run, entry: AuditEntry | null): Promise<boolean> {
  const { id, spikeId, mode, startedBy, startedAt, updatedAt, finishedAt, step } = run;
  // In the order of the table's columns.
  const values = [
    ...[id, spikeId, mode, startedBy, startedAt, updatedAt, finishedAt, step],
    ...[JSON.stringify(run.position), JSON.stringify(run.tally), Number(run.removesUnproven)],
  ];
  const list = sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  );
  const insert = database(env)
    .insert(reconciliations)
    .select(
      sql`SELECT ${list} WHERE NOT EXISTS (SELECT 1 FROM ${reconciliations} WHERE ${isOpen(spikeId, mode)})`,
    );
  const [inserted] = await database(env).batch(
    entry === null ? [insert] : [insert, auditIfChanged(env, entry, run.startedAt)],
  );
  return inserted.meta.changes > 0;
}

const isOpen = (spikeId: string, mode: ReconciliationMode) =>
  and(
    eq(reconciliations.spikeId, spikeId),
    eq(reconciliations.mode, mode),
    isNull(reconciliations.finishedAt),
  );

/** @returns null when this sale has no such run. */
export async function readRun(env: Env, spikeId: string, id: string): Promise<Run | null> {
  const [run] = await database(env)
    .select()
    .from(reconciliations)
    .where(and(eq(reconciliations.id, id), eq(reconciliations.spikeId, spikeId)));
  return run ?? null;
}

/** The run of this kind that has not come to its end, the newest of them. */
export async function readOpenRun(env: Env, spikeId: string, mode: ReconciliationMode): Promise<Run | null> {
  const newest = desc(reconciliations.startedAt);
  const [run] = await database(env)
    .select()
    .from(reconciliations)
    .where(isOpen(spikeId, mode))
    .orderBy(newest)
    .limit(1);
  return run ?? null;
}

/** Runs nobody has driven on since `before`, epoch milliseconds; those that wait longest first. */
export function readAbandonedRuns(env: Env, before: number, limit: number): Promise<Run[]> {
  return database(env)
    .select()
    .from(reconciliations)
    .where(and(isNull(reconciliations.finishedAt), lt(reconciliations.updatedAt, before)))
    .orderBy(asc(reconciliations.updatedAt))
    .limit(limit);
}

/** The newest runs first, at most `limit` of those older than `before`. */
export function readRuns(env: Env, spikeId: string | undefined, before: Position | null, limit: number) {
  const { startedAt, id } = reconciliations;
  return database(env)
    .select()
    .from(reconciliations)
    .where(
      and(
        spikeId === undefined ? undefined : eq(reconciliations.spikeId, spikeId),
        before ? sql`(${startedAt}, ${id}) < (${before.at}, ${before.id})` : undefined,
      ),
    )
    .orderBy(desc(startedAt), desc(id))
    .limit(limit);
}

/** Kept differences of a run by order id, from the one after `after`. */
export function readDifferences(
  env: Env,
  runId: string,
  after: string,
  limit: number,
): Promise<KeptDifference[]> {
  const { orderId } = reconciliationDifferences;
  return database(env)
    .select()
    .from(reconciliationDifferences)
    .where(and(eq(reconciliationDifferences.runId, runId), sql`${orderId} > ${after}`))
    .orderBy(asc(orderId))
    .limit(limit);
}

/** Keeps what a page showed; again changes nothing. What a repair removes is kept before it goes. */
export async function keepDifferences(env: Env, run: Run, differences: readonly Difference[]): Promise<void> {
  const { missing, extra, different } = run.tally;
  const room = Math.max(0, DIFFERENCES_KEPT_MAX - missing - extra - different);
  const rows = differences
    .filter(({ kind }, at) => at < room || (run.mode === "repair" && kind === "extra"))
    .map(({ orderId, kind, fields, ledger, database: row }) => [
      ...[orderId, kind, JSON.stringify(fields)],
      ...[ledger && JSON.stringify(ledger), row && JSON.stringify(row)],
    ]);
  if (rows.length === 0) return;
  // In the order of the table's columns. "WHERE true" keeps SQLite from reading ON CONFLICT as the ON of a join.
  const values = sql`SELECT ${run.id}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, 'found', NULL
    FROM json_each(${JSON.stringify(rows)}) WHERE true`;
  await database(env).insert(reconciliationDifferences).select(values).onConflictDoNothing();
}

/**
 * Stores how a step leaves the run, all or nothing.
 * @returns false, with nothing changed, when somebody else took this step.
 */
export async function saveStep(
  env: Env,
  before: Run,
  { run, outcomes, entry }: StepResult,
): Promise<boolean> {
  const db = database(env);
  const { step } = before;
  const settled = JSON.stringify(
    [...outcomes].map(([id, { outcome, reason }]) => [id, outcome, reason ?? null]),
  );
  const isMine = sql`EXISTS (SELECT 1 FROM ${reconciliations} WHERE id = ${run.id} AND step = ${step})`;
  const { runId, orderId, outcome } = reconciliationDifferences;
  const settledAs = (at: 1 | 2) =>
    sql`(SELECT value ->> ${sql.raw(String(at))} FROM json_each(${settled}) WHERE value ->> 0 = ${orderId})`;
  const isSettled = sql`${orderId} IN (SELECT value ->> 0 FROM json_each(${settled}))`;
  const isRepaired = entry === null ? sql`false` : eq(outcome, "found");
  const results = await db.batch([
    db
      .update(reconciliationDifferences)
      .set({ outcome: settledAs(1), reason: settledAs(2) })
      .where(and(eq(runId, run.id), isSettled, isMine)),
    db
      .update(reconciliationDifferences)
      .set({ outcome: "repaired" })
      .where(and(eq(runId, run.id), isRepaired, isMine)),
    db
      .update(reconciliations)
      .set({ ...run, step: step + 1 })
      .where(and(eq(reconciliations.id, run.id), eq(reconciliations.step, step))),
    ...(entry === null ? [] : [auditIfChanged(env, entry, run.updatedAt)]),
  ]);
  return results[2].meta.changes > 0;
}

/** Forgets comparisons that ended before `before`, epoch milliseconds, with what they found. Repairs are kept. */
export async function purgeComparisons(env: Env, before: number): Promise<void> {
  const db = database(env);
  const isOld = and(eq(reconciliations.mode, "compare"), lt(reconciliations.finishedAt, before));
  const old = db.select({ id: reconciliations.id }).from(reconciliations).where(isOld);
  await db.batch([
    db.delete(reconciliationDifferences).where(inArray(reconciliationDifferences.runId, old)),
    db.delete(reconciliations).where(isOld),
  ]);
}
