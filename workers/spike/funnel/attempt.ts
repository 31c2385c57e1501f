import type { Solution } from "../../../durable-objects/spike-gate/messages.ts";
import type { Identity } from "../../shared/identity.ts";
import type { Refusal } from "../../shared/refusals.ts";
import type { Settings } from "../../shared/settings.ts";
import type { Soon } from "../../shared/soon.ts";
import type { SpikeConfig, StockStatus } from "../../shared/spike.ts";

/** One request that wants to get through a funnel, and what the filters have learned about it so far. */
export interface Attempt {
  readonly env: Env;
  /** Those of all sales, from `knownSpike` on those of this one. */
  settings: Settings;
  /** The server's clock, epoch milliseconds. */
  readonly now: number;
  readonly spikeId: string;
  readonly purchaseToken: string;
  /** The purchase's idempotency key as the ledger knows it; null where there is none. */
  readonly key: string | null;
  /**
   * Says who is asking; undefined for nobody. Rejects, or throws a Refusal, when the request names somebody it
   * is not. Not called before a filter needs it.
   */
  readonly identify: () => Soon<Identity | undefined>;
  /** What the client's address counts as; null when there is nothing to count. */
  readonly address: string | null;
  readonly country: string | null;
  /** The host name of the page that asks: ours, or that of another origin that the operator has named. */
  readonly hostname: string;
  /** The solved challenge as the client sent it; null when it sent none. */
  readonly solution: string | null;
  /** The filter that is being asked; undefined before the first and after the last. */
  filter?: string | undefined;
  /** Set by `knownSpike`. */
  spike?: SpikeConfig;
  /** Set by `knownSpike`. */
  stock?: StockStatus;
  /**
   * Set by `openForNew`: the key may be that of a purchase that won and whose answer was lost. Then only
   * the ledger can tell, and what is left of the stock does not decide.
   */
  mayBeRetry?: boolean;
  /** Set by `authenticated`. */
  identity?: Identity;
  /** Set by `challenge` when the solution is right; whether it was used before, the gate knows. */
  solved?: Solution;
  /**
   * Set by `challenge`: true when a solution is missing and the purchase may be one that has won before, which the gate
   * remembers, since only such a one is answered without a solution; false when it certainly is.
   */
  owesProof?: boolean;
  /** Set when it was counted how this ended. */
  isCounted?: boolean;
}

/**
 * One reason to turn a request away. Returns null to let it pass. A filter that can answer from
 * memory answers at once, without a promise: most requests of a crowd end here.
 */
export interface Filter {
  readonly name: string;
  /** May throw a Refusal instead of returning it. */
  readonly check: (attempt: Attempt) => Soon<Refusal | null>;
}

/**
 * Leads an attempt through the filters in their order, from the `first` on. Returns the refusal of the first
 * that says no, null when none does; the later ones are not asked. While filters answer from memory, so does this.
 */
export function passFunnel(filters: readonly Filter[], attempt: Attempt, first = 0): Soon<Refusal | null> {
  for (let n = first; n < filters.length; n++) {
    const { name, check } = filters[n] as Filter;
    attempt.filter = name;
    const verdict = check(attempt);
    if (verdict instanceof Promise) {
      return verdict.then((refusal) => refusal ?? passFunnel(filters, attempt, n + 1));
    }
    if (verdict) return verdict;
  }
  attempt.filter = undefined;
  return null;
}

/** What an earlier filter has set. Asking before it has run is a bug in the funnel's order. */
export function learned<Fact extends "spike" | "stock" | "identity">(
  attempt: Attempt,
  fact: Fact,
): NonNullable<Attempt[Fact]> {
  const value = attempt[fact];
  if (value === undefined) throw new Error(`the funnel asks for "${fact}" before any filter has set it`);
  return value;
}
