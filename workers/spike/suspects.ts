import type { GateLimits, StrikesReport } from "../../durable-objects/spike-gate/messages.ts";
import { BoundedMap } from "../shared/bounded-map.ts";
import { log, messageOf, warnOnce } from "../shared/log.ts";
import { DecayingCount } from "../shared/rate/decaying-count.ts";
import {
  type Standing,
  STRIKE_HALF_LIFE_MS,
  STRIKE_PAUSE_MS,
  type StrikeReason,
  type Subject,
  subjectKey,
} from "../shared/strikes.ts";

/** Suspicious accounts and addresses an isolate knows, of all gates of all sales together, some 730 bytes each. */
export const SUSPECTS_MAX = 30_000;

/** Shortest time between two reports of an isolate to one gate, in milliseconds. */
export const REPORT_PAUSE_MS = 1_000;

/** A report that takes longer than this was cut short with its request, in milliseconds. */
const REPORT_LOST_MS = 10_000;

/** Subjects one report speaks of; the others follow in the next. */
export const REPORT_MAX = 500;

interface Suspect {
  subject: Subject;
  /** The news of its keeper. */
  news: Set<Suspect>;
  /** What the keeper said last, and what has come since. */
  strikes: DecayingCount;
  /** Strikes the keeper has not heard of; they fade while they wait. */
  unsent: DecayingCount;
  reason: StrikeReason;
  accounts: number;
  barredUntil: number;
  /** When a strike was last counted, epoch milliseconds. */
  struckAt: number;
}

/** What an isolate remembers of suspects, whoever keeps their strikes. */
export type SuspectMemory = BoundedMap<string, Suspect>;

/** Whoever is forgotten is no news either, or news would grow without bound while a gate is away. */
export const suspectMemory = (max = SUSPECTS_MAX): SuspectMemory =>
  new BoundedMap<string, Suspect>(max, (suspect) => suspect.news.delete(suspect));

/** So that the suspects of two keepers are never taken for each other in one memory. */
let keepersMade = 0;

export interface SuspectsOptions {
  /** Shared with the other keepers of this isolate. */
  memory: SuspectMemory;
  /** Tells the keeper and brings back how each subject stands, in their order. */
  send: (report: StrikesReport) => Promise<Standing[]>;
  /** Keeps the reporting request's context alive. */
  waitUntil: (work: Promise<unknown>) => void;
  /** Epoch milliseconds. */
  now: () => number;
}

/** What the keeper has been told and is not known to have heard. */
interface Undecided {
  report: StrikesReport;
  /** Those it speaks of, in its order. */
  suspects: readonly Suspect[];
}

/**
 * What an isolate knows of suspicious subjects whose strikes one gate keeps. Strikes count here at
 * once. The gate hears of them, and this isolate of what others have told it, at most once a second
 * and without anybody waiting. A subject nobody strikes and nobody asks about is no news.
 *
 * Of a report that failed or fell silent nobody knows whether it was counted, so the same report, under the same
 * id, is repeated until it is answered; what comes meanwhile is told afterwards. So reports are answered one
 * after the other, and none counts twice.
 */
export class Suspects {
  readonly #options: SuspectsOptions;
  readonly #keeper = ++keepersMade;
  readonly #news = new Set<Suspect>();
  #reportedAt = -Infinity;
  /** When the call that is under way was made, epoch milliseconds; undefined when none is. */
  #calledAt: number | undefined;
  #undecided: Undecided | undefined;

  constructor(options: SuspectsOptions) {
    this.#options = options;
  }

  /**
   * Counts a strike, unless it belongs to the same act as the last.
   * @param accounts how many accounts came from the address lately; 0 for an account.
   * @returns whether it counted.
   */
  strike(subject: Subject, reason: StrikeReason, accounts: number, limits: GateLimits): boolean {
    const now = this.#options.now();
    const suspect = this.#suspectOf(subject);
    // Acts of different accounts are different acts, though they come from one address.
    if (subject.kind === "user" && Math.abs(now - suspect.struckAt) < STRIKE_PAUSE_MS) return false;
    warnOfSuspicion(subject, reason);
    suspect.struckAt = now;
    suspect.strikes.add(1, now);
    suspect.unsent.add(1, now);
    suspect.reason = reason;
    suspect.accounts = Math.max(suspect.accounts, accounts);
    this.#tell(suspect, limits);
    return true;
  }

  /** How the subject stands, as far as this isolate knows. Asking is what keeps it up to date. */
  standingOf(subject: Subject, limits: GateLimits): Standing {
    const suspect = this.#options.memory.get(this.#keyOf(subject));
    if (!suspect) return { strikes: 0 };
    this.#tell(suspect, limits);
    const now = this.#options.now();
    const strikes = suspect.strikes.valueAt(now);
    return now < suspect.barredUntil ? { strikes, barredUntil: suspect.barredUntil } : { strikes };
  }

  /** Takes over what the keeper said on another occasion. */
  learn(subject: Subject, standing: Standing): void {
    this.#take(this.#suspectOf(subject), standing);
  }

  /** Forgets the subject, and what the keeper has not heard of it. */
  forget(subject: Subject): void {
    const { memory } = this.#options;
    const key = this.#keyOf(subject);
    const suspect = memory.peek(key);
    if (!suspect) return;
    memory.delete(key);
    this.#news.delete(suspect);
    // What is repeated must not bring back what was forgiven in between.
    const index = this.#undecided?.suspects.indexOf(suspect) ?? -1;
    const told = this.#undecided?.report.strikes[index];
    if (told) told.count = 0;
  }

  #suspectOf(subject: Subject): Suspect {
    const { memory } = this.#options;
    const key = this.#keyOf(subject);
    let suspect = memory.get(key);
    if (!suspect) {
      suspect = {
        subject,
        news: this.#news,
        strikes: new DecayingCount(STRIKE_HALF_LIFE_MS),
        unsent: new DecayingCount(STRIKE_HALF_LIFE_MS),
        reason: "too_fast",
        accounts: 0,
        barredUntil: -Infinity,
        struckAt: -Infinity,
      };
      memory.set(key, suspect);
    }
    return suspect;
  }

  #keyOf(subject: Subject): string {
    return `${this.#keeper} ${subjectKey(subject)}`;
  }

  #take(suspect: Suspect, { strikes, barredUntil = -Infinity }: Standing): void {
    const now = this.#options.now();
    suspect.strikes.set(strikes + suspect.unsent.valueAt(now), now);
    suspect.barredUntil = barredUntil;
  }

  #tell(suspect: Suspect, limits: GateLimits): void {
    this.#news.add(suspect);
    const pauseMs = this.#calledAt === undefined ? REPORT_PAUSE_MS : REPORT_LOST_MS;
    if (Math.abs(this.#options.now() - this.#reportedAt) < pauseMs) return;
    this.#undecided ??= this.#takeNews(limits);
    this.#options.waitUntil(this.#report(this.#undecided));
  }

  /** What is to be reported, which counts as told from now on. */
  #takeNews(limits: GateLimits): Undecided {
    const now = this.#options.now();
    const suspects = [...this.#news].slice(0, REPORT_MAX);
    const strikes = suspects.map(({ subject, reason, accounts, unsent }) => ({
      ...{ subject, reason, accounts },
      count: unsent.valueAt(now),
    }));
    for (const suspect of suspects) {
      this.#news.delete(suspect);
      suspect.unsent.set(0, now);
    }
    return { report: { id: crypto.randomUUID(), strikes, limits }, suspects };
  }

  async #report(undecided: Undecided): Promise<void> {
    const calledAt = this.#options.now();
    this.#reportedAt = this.#calledAt = calledAt;
    try {
      const standings = await this.#options.send(undecided.report);
      // Of a call that seemed lost and was repeated, the answer that came first counts.
      if (this.#undecided !== undecided) return;
      this.#undecided = this.#calledAt = undefined;
      undecided.suspects.forEach((suspect, i) => this.#take(suspect, standings[i] ?? { strikes: 0 }));
    } catch (error) {
      if (this.#undecided === undecided && this.#calledAt === calledAt) this.#calledAt = undefined;
      const subjects = undecided.suspects.length;
      log.warn("strikes_not_reported", { subjects, message: messageOf(error) });
    }
  }
}

/** Says that somebody does something suspicious, once for each subject and kind of act. */
export function warnOfSuspicion({ kind, value }: Subject, reason: StrikeReason): void {
  warnOnce("suspicious_act", `${kind}:${value} ${reason}`, { kind, value, reason });
}
