import { waitUntil } from "cloudflare:workers";
import { writeDataPoints } from "../../platform/analytics.ts";
import { reportCounts } from "../../platform/monitor.ts";
import { type Counts, sumCounts } from "../../shared/counts.ts";
import { log, messageOf } from "../../shared/log.ts";
import { Refusal, type RefusalCode } from "../../shared/refusals.ts";
import type { Soon } from "../../shared/soon.ts";
import { isKnownSpike } from "../catalogue.ts";
import type { Attempt } from "./attempt.ts";
import { type SpikeTally, Tally } from "./tally.ts";

/*
 * The funnel is counted in the isolate's memory and reported once a second, after an answer, never
 * before one. Each attempt is counted once, when its outcome is known, so the outcomes of a funnel
 * always add up to its attempts. A report that fails is lost: these are figures to steer by, not stock.
 */

/** The first count after a report brings about the next one this much later: the most often an isolate reports. */
const REPORT_AFTER_MS = 1_000;
/** A report that has not left by then died with the request that was to send it, in milliseconds. */
const REPORT_LOST_AFTER_MS = 10_000;

/** The two ways through a sale that are counted. */
export type Funnel = "token" | "purchase";

const tally = new Tally();
let reportDueAt: number | undefined;

/**
 * Does `work` and counts how it ended for this attempt, whether a refusal is what it gives or what it throws:
 * `<funnel>.attempts`, and one of `<funnel>.passed`, `<funnel>.stopped.<filter>` (by a filter),
 * `<funnel>.refused.<code>` (behind the filters: by gate or ledger) and `<funnel>.failed`.
 */
export function counted<Result>(
  funnel: Funnel,
  attempt: Attempt,
  work: () => Soon<Result | Refusal>,
): Soon<Result | Refusal> {
  const fail = (error: unknown): never => {
    if (error instanceof Refusal) countRefusal(funnel, attempt, error);
    else countOutcome(funnel, attempt, "failed");
    throw error;
  };
  const succeed = (result: Result | Refusal) => {
    if (result instanceof Refusal) countRefusal(funnel, attempt, result);
    else countOutcome(funnel, attempt, "passed");
    return result;
  };
  let result: Soon<Result | Refusal>;
  try {
    result = work();
  } catch (error) {
    return fail(error);
  }
  return result instanceof Promise ? result.catch(fail).then(succeed) : succeed(result);
}

function countRefusal(funnel: Funnel, attempt: Attempt, { code }: Refusal): void {
  const { env, spikeId, filter } = attempt;
  if (filter === undefined) countOutcome(funnel, attempt, `refused.${code}`);
  else countStopped(env, spikeId, funnel, filter);
}

/**
 * Counts how an attempt ended behind the filters, once: a purchase is counted as soon as anybody here knows, since a
 * client that hangs up takes with it what would come after the answer.
 */
export function countOutcome(
  funnel: Funnel,
  attempt: Attempt,
  outcome: "passed" | "failed" | `refused.${RefusalCode}`,
): void {
  if (attempt.isCounted) return;
  attempt.isCounted = true;
  count(attempt.env, attempt.spikeId, countsOf(funnel, outcome));
}

/** Counts an attempt that one of the funnel's filters has stopped, or would have: the front door says it before. */
export function countStopped(env: Env, spikeId: string, funnel: Funnel, filter: string): void {
  let counts = stopped[funnel].get(filter);
  if (!counts) stopped[funnel].set(filter, (counts = countsOf(funnel, `stopped.${filter}`)));
  count(env, spikeId, counts);
}

/** By the filter: a name put together for each request would cost more than looking it up. */
const stopped = { token: new Map<string, Counts>(), purchase: new Map<string, Counts>() };

const outcomes = new Map<string, Counts>();

/** Made once for each: every request of a crowd is counted. */
function countsOf(funnel: Funnel, outcome: string): Counts {
  const name = `${funnel}.${outcome}`;
  let counts = outcomes.get(name);
  if (!counts) outcomes.set(name, (counts = { [`${funnel}.attempts`]: 1, [name]: 1 }));
  return counts;
}

/** Counts for a spike, at once and in memory. Names that strangers make up are nobody's figures. */
export function count(env: Env, spikeId: string, counts: Counts): void {
  if (!isKnownSpike(spikeId)) return;
  const now = Date.now();
  tally.add(spikeId, counts, now);
  if (reportDueAt !== undefined && now < reportDueAt + REPORT_LOST_AFTER_MS) return;
  reportDueAt = now + REPORT_AFTER_MS;
  waitUntil(reportLater(env));
}

async function reportLater(env: Env): Promise<void> {
  await scheduler.wait(REPORT_AFTER_MS);
  reportDueAt = undefined;
  const tallies = tally.take();
  writeDataPoints(
    env,
    tallies.map(({ spikeId, seconds }) => ({ spikeId, counts: sumCounts(seconds) })),
  );
  await Promise.all(tallies.map((spike) => report(env, spike)));
}

async function report(env: Env, { spikeId, seconds }: SpikeTally): Promise<void> {
  try {
    await reportCounts(env, spikeId, seconds);
  } catch (error) {
    log.warn("counts_lost", { spikeId, message: messageOf(error) });
  }
}
