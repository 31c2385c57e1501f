import type { OrderSnapshot } from "../../shared/order.ts";
import type { DifferenceKind } from "../../shared/reconciliation.ts";

/** An order about which ledger and database do not agree. */
export interface Difference {
  orderId: string;
  kind: DifferenceKind;
  /** Which of its fields differ. */
  fields: (keyof OrderSnapshot)[];
  ledger: OrderSnapshot | null;
  database: OrderSnapshot | null;
  /** An extra order that a ledger which was lost may have sold. */
  unproven: boolean;
}

/** What never changes in the life of an order. The sale's title is not among them: it may be edited. */
const FIXED = [
  ...(["spikeId", "userId", "quantity", "amountMinor"] as const),
  ...(["currency", "payBefore", "createdAt"] as const),
];
/** What a new version of an order changes. */
const CHANGING = ["state", "version", "updatedAt"] as const;

/** One order as both sides knew it, read in the order of these fields. */
export interface Sides {
  /** The newest version that the database had confirmed, 0 for none. */
  recordedVersion: number;
  database: OrderSnapshot | undefined;
  /** The order in the ledger, read after the database: no version can be newer there than here. */
  ledger: OrderSnapshot;
}

/**
 * What is wrong with the database's row of an order that is in the ledger; `on_the_way` when the database
 * may still get it by itself, null when it is right. A sale may be running: what counts is that the ledger
 * was asked last, so a row can be behind but never ahead of it.
 */
export function judge({ recordedVersion, database, ledger }: Sides): Difference | "on_the_way" | null {
  const { orderId } = ledger;
  if (!database) {
    if (recordedVersion === 0) return "on_the_way";
    return { orderId, kind: "missing", fields: [], ledger, database: null, unproven: false };
  }
  const isBehind = database.version < ledger.version;
  const lostVersion = isBehind && database.version < recordedVersion;
  const compared = isBehind && !lostVersion ? FIXED : [...FIXED, ...CHANGING];
  const fields = compared.filter((field) => database[field] !== ledger[field]);
  if (fields.length > 0) return { orderId, kind: "different", fields, ledger, database, unproven: false };
  return isBehind ? "on_the_way" : null;
}

/** An order of the database that is not in the ledger. */
export function extraOrder(database: OrderSnapshot, unproven: boolean): Difference {
  return { orderId: database.orderId, kind: "extra", fields: [], ledger: null, database, unproven };
}
