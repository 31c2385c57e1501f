import type { AdminOrder, BarredSubject, LedgerFigures } from "./wire.ts";

/** The last word a shopper has on an order; `unsure` when a payment or cancellation was never answered. */
export type Told = "reserved" | "paid" | "cancelled" | "not_paid" | "unsure";

/** What a shopper holds after a 202. */
export interface Receipt {
  userId: string;
  orderId: string;
  quantity: number;
  told: Told;
}

/** A purchase of which a shopper does not know whether it happened. */
export interface Unanswered {
  userId: string;
  /** `refused`: a retry with the same key said no, so nothing may have been sold. `gave_up`: never answered. */
  end: "refused" | "gave_up";
}

/** Something an answer said that contradicts what the contract or an earlier answer said. */
export interface Contradiction {
  kind: "same_key" | "forged_token" | "unexpected_answer";
  detail: string;
}

/** The most contradictions kept in words; all of them are counted. */
const CONTRADICTIONS_KEPT_MAX = 100;

/** Everything the crowd was told, written down as it happens. */
export class Notes {
  readonly receipts: Receipt[] = [];
  readonly unanswered: Unanswered[] = [];
  readonly contradictions: Contradiction[] = [];
  readonly contradicted: Record<Contradiction["kind"], number> = {
    same_key: 0,
    forged_token: 0,
    unexpected_answer: 0,
  };
  /** Purchases that were sent again with the same key and answered. */
  repeatedKeys = 0;
  /** Purchases that were tried with a token that was not the buyer's own. */
  forgedTokens = 0;
  /** The accounts that bots use, and the address of each where the target believes one. */
  readonly bots = new Map<string, string | undefined>();
  /** When a shopper last saw an order in the database for the first time, in milliseconds after the start. */
  lastRecordedMs = 0;

  contradict(kind: Contradiction["kind"], detail: string): void {
    this.contradicted[kind]++;
    if (this.contradictions.length < CONTRADICTIONS_KEPT_MAX) this.contradictions.push({ kind, detail });
  }
}

/** What the ledger said about its stock at one moment. */
export interface StockSample extends Omit<LedgerFigures, "orders"> {
  /** Milliseconds after the start of the sale. */
  atMs: number;
}

/** All that a verdict is made of. */
export interface Evidence {
  stock: number;
  maxPerUser: number;
  priceMinor: number;
  notes: Notes;
  /** The ledger's last word. */
  ledger: LedgerFigures;
  samples: StockSample[];
  /** The database's last word. */
  orders: AdminOrder[];
  /** Accounts and addresses on the blacklist at the end. */
  barred: BarredSubject[];
  /** Requests for a token or a purchase that were answered. */
  attempts: Record<"people" | "bots", number>;
  /** How often a shopper who is no bot was told that the account or address is blocked. */
  peopleToldBlacklisted: number;
  /** Shoppers who still wanted to buy when the doors closed. */
  leftAsking: number;
}
