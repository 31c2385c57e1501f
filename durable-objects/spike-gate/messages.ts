import type { Settings } from "../../workers/shared/settings.ts";
import type { StockStatus } from "../../workers/shared/spike.ts";
import type { Standing, StrikeReason, Subject } from "../../workers/shared/strikes.ts";
import type { OrderStep, OrderStepResult, ReserveRequest, ReserveResult } from "../spike-stock/messages.ts";

/*
 * What a gate understands. As with the ledger's messages, fields are only ever added, and are
 * optional: after a deploy a gate may run the old code for minutes.
 */

/** A solved challenge that came with a purchase; the Worker has verified it. */
export interface Solution {
  /** Names the challenge; the same one must not be used again. */
  id: string;
  /** When the challenge expires, epoch milliseconds: until then the gate remembers that it was used. */
  expiresAt: number;
}

export interface GateRequest extends ReserveRequest {
  /** What the client's address counts as; absent when there is nothing to count. */
  address?: string | undefined;
  solution?: Solution | undefined;
  /**
   * Whether the Worker asks this purchase for a challenge. True: it does, unless the gate remembers that it has won, and
   * answers it again. False: the Worker remembers that itself, so nobody asks. Absent: the gate's own strikes decide.
   */
  owesProof?: boolean | undefined;
}

/** The settings that a gate's own filters follow. */
export type GateLimits = Pick<
  Settings,
  | "accountRequestsPerWindow"
  | "accountWindowSeconds"
  | "strikesBeforeChallenge"
  | "strikesBeforeBlacklist"
  | "blacklistSeconds"
>;

/** Purchases of one isolate for one gate. At most GATHER_BATCH_MAX requests. */
export interface GatePurchases {
  spikeId: string;
  requests: GateRequest[];
  /** Pause between two attempts of one user in milliseconds, 0 for none. From the settings. */
  userIntervalMs: number;
  /** Absent from a Worker of the version before; then only the interval limits. */
  limits?: GateLimits;
}

export type GateResult =
  | ReserveResult
  | { ok: false; code: "blacklisted" }
  | { ok: false; code: "challenge_required" };

/** How a user of one of these purchases stands. */
export interface UserStanding extends Standing {
  userId: string;
  /** The strike that a purchase of this very call has earned. */
  struck?: StrikeReason;
}

export interface GateReply {
  /** One result per request, in the order of the requests. */
  results: GateResult[];
  /** The ledger's newest word; absent when no request of this call went that far. */
  status?: StockStatus;
  /** Users with strikes; absent when none of them has any. */
  standings?: UserStanding[];
}

/** Steps of orders from one isolate for one gate. At most LEDGER_BATCH_MAX of them. */
export interface GateSteps {
  spikeId: string;
  steps: OrderStep[];
}

/** `overloaded`: nothing was done, come again. */
export type GateStepResult = OrderStepResult | { ok: false; code: "overloaded" };

/** Strikes that an isolate has given to one subject since its last report; none when it only asks. */
export interface StrikeReport {
  subject: Subject;
  count: number;
  reason: StrikeReason;
  /** Accounts that came from the address lately; 0 for an account. */
  accounts: number;
}

/** What an isolate tells the gate that keeps these subjects, at most once a second. */
export interface StrikesReport {
  /** Names the report, which counts once however often it comes; absent in those of older code. */
  id?: string;
  strikes: StrikeReport[];
  limits: GateLimits;
}

/** Requests that one isolate has seen for one spike, shed ones included. */
export interface TrafficReport {
  /** Names the isolate, so that its next report replaces this one. */
  isolate: string;
  requestsPerSecond: number;
}

export interface SpikeGateRpc {
  purchase(purchases: GatePurchases): Promise<GateReply>;
  /** Takes steps to their ledgers, together with those of other isolates; one result per step. */
  takeSteps(steps: GateSteps): Promise<GateStepResult[]>;
  /** Counts the strikes, once for each report, and says how each subject stands now, in their order. */
  strike(report: StrikesReport): Promise<Standing[]>;
  /** Uses a solution up for this purchase; false when it was used for another, or has expired. */
  spend(solution: Solution, purchase: Pick<ReserveRequest, "userId" | "key">): Promise<boolean>;
  /**
   * Forgets all strikes of the subject; says whether it was barred here, by a bar that may not be on the blacklist yet.
   * `onlyIfBarred` changes nothing otherwise. `call` names the call, which has the same answer however often it
   * is repeated; absent in those of older code.
   */
  forgive(subject: Subject, onlyIfBarred?: boolean, call?: string): Promise<boolean>;
  /** Takes the isolate's traffic into account and answers with that of all isolates, in requests a second. */
  traffic(report: TrafficReport): Promise<number>;
  /** Has the gate wake itself again a moment before its sale starts, at `startsAt` in epoch milliseconds. */
  wakeBefore(startsAt: number): Promise<void>;
}
