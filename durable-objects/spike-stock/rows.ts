import type { Holding } from "./reserve.ts";
import type { Stock } from "./stock.ts";

/** A row of `orders`. */
export interface OrderRow extends Holding {
  version: number;
  recordedVersion: number;
  requestId: string;
  amountMinor: number;
  createdAt: number;
  updatedAt: number;
  paymentId: string | null;
}

/** How far re-sending has come. */
export interface ResendProgress {
  afterSequence: number;
  delayMs: number;
}

/** One order the database has confirmed up to `version`. */
export interface Confirmation {
  sequence: number;
  nonce: string;
  version: number;
}

/** A row of `transfers`. */
export interface TransferRow {
  stripe: number;
  given: number;
  confirmed: number;
  taken: number;
}

// The platform types a row as an index signature, which an interface lacks and a type alias has.
export type Fields<T> = { [K in keyof T]: T[K] };
export type OrderRowFields = Fields<OrderRow>;
export type OpenPaymentRow = OrderRowFields & { attempt: number };
export type HoldingRow = Fields<Holding>;
export type ResendRow = Fields<ResendProgress>;
export type StockRow = Omit<Fields<Stock>, "paused" | "halted"> & { paused: number; halted: number };
