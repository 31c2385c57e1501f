import type { Position } from "./cursor.ts";
import type { OrderState } from "./order.ts";

/** `compare` reports what differs, `repair` also makes the database say what the ledger says. */
export type ReconciliationMode = "compare" | "repair";

/**
 * `missing`: the ledger has the order and the database once confirmed it, but has it no more. `extra`: the
 * database has an order that is not in the ledger. `different`: both have it and do not agree.
 */
export type DifferenceKind = "missing" | "extra" | "different";

/**
 * `kept`: a repair left an extra order where it is, because a ledger that was lost may have sold it.
 * `refused`: the database does not take the row.
 */
export type DifferenceOutcome = "found" | "repaired" | "kept" | "refused";

/** Where a run goes on: first through the orders of the ledger, then through those of the database. */
export interface ReconciliationPosition {
  side: "ledger" | "database";
  /** Which of the sale's ledgers, and the sequence of the last order of it that was compared. */
  stripe: number;
  after: number;
  /** The last order of the database that was compared, the newest first; null for none. */
  before: Position | null;
  /** The page is counted, and is now to be repaired. */
  repairing: boolean;
}

type OrderCounts = Record<OrderState, number>;

/** What a run has counted so far. */
export interface ReconciliationTally {
  /** Orders by state when the run started. */
  ledger: OrderCounts;
  database: OrderCounts;
  /** Orders of the ledger compared, and orders of the database looked for in the ledger. */
  compared: number;
  searched: number;
  missing: number;
  extra: number;
  different: number;
  /** Orders on their way to the database: no differences, because the ledger sends them until they are there. */
  onTheWay: number;
  /** How many of the different ones differ in each field. */
  fields: Partial<Record<string, number>>;
  kept: number;
  refused: number;
}
