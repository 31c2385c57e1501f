import { BoundedMap } from "../../workers/shared/bounded-map.ts";
import { DistinctCounters } from "../../workers/shared/rate/distinct-counters.ts";
import {
  needsChallenge,
  type Standing,
  type StrikeReason,
  type Subject,
} from "../../workers/shared/strikes.ts";
import type {
  GateLimits,
  GatePurchases,
  GateRequest,
  GateResult,
  Solution,
  StrikesReport,
  UserStanding,
} from "./messages.ts";
import { SpentSolutions } from "./spent-solutions.ts";
import { type Bar, StrikeKeeper } from "./strike-keeper.ts";
import { purchaseKey, UserGuard } from "./user-guard.ts";

/** More addresses than a person has within ten minutes: a phone changes between Wi-Fi and mobile networks. */
export const ADDRESSES_PER_ACCOUNT = 8;
const ADDRESSES_TOLD_APART_MAX = 100;
const ADDRESSES_WINDOW_MS = 600_000;
const WATCHED_ACCOUNTS_MAX = 20_000;

/** Reports a gate remembers, some 100 bytes each: an isolate repeats one for seconds, and sends one a second. */
const REPORTS_MAX = 20_000;

const CHALLENGE_REQUIRED = { ok: false, code: "challenge_required" } as const;
const BLACKLISTED = { ok: false, code: "blacklisted" } as const;

/** Who may go on to the ledger, and who has made himself suspicious. Soft state, all of it. */
export class Admission {
  readonly #guard = new UserGuard();
  readonly #keeper: StrikeKeeper;
  readonly #spent = new SpentSolutions();
  readonly #addresses = new DistinctCounters({
    keysMax: WATCHED_ACCOUNTS_MAX,
    valuesMax: ADDRESSES_TOLD_APART_MAX,
    windowMs: ADDRESSES_WINDOW_MS,
  });
  /** Reports that have come, by their ids. */
  readonly #heard = new BoundedMap<string, true>(REPORTS_MAX);
  readonly #onBar: (bar: Bar) => void;

  /** @param onBar hears of each account or address whose strikes were too many. */
  constructor(onBar: (bar: Bar) => void, keeper: StrikeKeeper = new StrikeKeeper()) {
    this.#keeper = keeper;
    this.#onBar = onBar;
  }

  /**
   * Lets through who may go on, and says how those stand who have strikes.
   * @param submit takes one request on to the ledger.
   * @param now epoch milliseconds.
   */
  async admit(
    { requests, userIntervalMs, limits }: Omit<GatePurchases, "spikeId">,
    now: number,
    submit: (request: GateRequest) => Promise<GateResult>,
  ): Promise<{ results: GateResult[]; standings: UserStanding[] }> {
    const struck = new Map<string, StrikeReason>();
    const strike = (userId: string, reason: StrikeReason) => {
      if (limits && this.#strike(userId, reason, limits, now)) struck.set(userId, reason);
    };
    const results = await Promise.all(
      requests.map((request) =>
        this.#guard.admit(
          request,
          { userIntervalMs, ...limits },
          now,
          async () => (limits && this.#objection(request, limits, now, strike)) ?? (await submit(request)),
          (how) => strike(request.userId, how),
        ),
      ),
    );
    return { results, standings: this.#standings(requests, struck, now) };
  }

  /** Counts what an isolate reports, and says how each subject stands. */
  strike({ id, strikes, limits }: StrikesReport, now: number): Standing[] {
    const isRepeated = id !== undefined && this.#heard.has(id);
    if (id !== undefined) this.#heard.set(id, true);
    return strikes.map((report) => {
      // One of 0 strikes asks, and Redis is asked in turn.
      const news = isRepeated ? { ...report, count: 0 } : report;
      this.#note(this.#keeper.strike(news, limits, now));
      return this.#keeper.standingOf(report.subject, now);
    });
  }

  spend(solution: Solution, purchase: Pick<GateRequest, "userId" | "key">, now: number): boolean {
    return this.#spent.spend(solution, purchaseKey(purchase), now);
  }

  /** Whether the gate itself enforces a bar of this subject. */
  bars(subject: Subject, now: number): boolean {
    return this.#keeper.standingOf(subject, now).barredUntil !== undefined;
  }

  forgive(subject: Subject, now: number): void {
    this.#keeper.forgive(subject, now);
  }

  /** Why this purchase may not go on to the ledger; null when it may. */
  #objection(
    request: GateRequest,
    limits: GateLimits,
    now: number,
    strike: (userId: string, reason: StrikeReason) => void,
  ): GateResult | null {
    const { userId, address, solution } = request;
    if (address !== undefined) {
      const { count, isNew } = this.#addresses.see(userId, address, now);
      if (isNew && count > ADDRESSES_PER_ACCOUNT) strike(userId, "many_addresses");
    }
    if (solution && !this.#spent.spend(solution, purchaseKey(request), now)) {
      strike(userId, "bad_solution");
      return CHALLENGE_REQUIRED;
    }
    const { strikes, barredUntil } = this.#keeper.standingOf({ kind: "user", value: userId }, now);
    if (barredUntil !== undefined) return BLACKLISTED;
    const owesProof = request.owesProof ?? (!solution && needsChallenge(strikes, limits));
    return owesProof ? CHALLENGE_REQUIRED : null;
  }

  #strike(userId: string, reason: StrikeReason, limits: GateLimits, now: number): boolean {
    const subject: Subject = { kind: "user", value: userId };
    if (!this.#keeper.isAnotherAct(subject, now)) return false;
    this.#note(this.#keeper.strike({ subject, count: 1, reason, accounts: 0 }, limits, now));
    return true;
  }

  #note(bar: Bar | null): void {
    if (bar) this.#onBar(bar);
  }

  #standings(
    requests: readonly GateRequest[],
    struck: ReadonlyMap<string, StrikeReason>,
    now: number,
  ): UserStanding[] {
    const standings: UserStanding[] = [];
    for (const userId of new Set(requests.map((request) => request.userId))) {
      const standing = this.#keeper.standingOf({ kind: "user", value: userId }, now);
      if (standing.strikes === 0 && standing.barredUntil === undefined) continue;
      const reason = struck.get(userId);
      standings.push({ userId, ...standing, ...(reason && { struck: reason }) });
    }
    return standings;
  }
}
