import { median } from "../gather/gather.ts";
import type { Verdict } from "../report/verdict.ts";
import type { Sample } from "./measure.ts";

/** What one answer costs, round by round, in one unit for all. */
export interface Costs {
  name: string;
  costs: readonly number[];
}

/** An answer and a bare Response with the same status, headers and body, one right after the other. */
export interface Pair {
  answer: Sample;
  bare: Sample;
}

/** What should reach how much of a bare Response's throughput, 0 to 1. */
export interface Goal {
  name: string;
  goal: number;
  pairs: readonly Pair[];
}

/** How much dearer than the next a refusal may be, as a share: less is nothing that anybody would notice. */
export const TOLERANCE = 0.03;

/** Pair by pair, so that what disturbs the machine for a while disturbs both. */
export const sharesOfBare = (pairs: readonly Pair[]): number[] =>
  pairs.map(({ answer, bare }) => answer.requestsPerSecond / bare.requestsPerSecond);

/** Whether an answer reaches its share of a bare Response. */
export function judgeShare({ name, goal, pairs }: Goal): Verdict {
  const shares = sharesOfBare(pairs);
  const claim = `${name}: at least ${percent(goal)} of a bare Response`;
  return { claim, found: withInterval(shares), holds: median(shares) >= goal };
}

/**
 * Whether no refusal costs more processor time than the next on the way, in their order. Each round compares the
 * two, and the median of the rounds stands between the bounds of its 95 % interval: one that is dearer wherever in
 * there the truth is, by more than TOLERANCE, is out of order; where the interval holds 1, the two cost as much.
 */
export function judgeOrder(where: string, refusals: readonly Costs[]): Verdict {
  const dearer: string[] = [];
  let even = 0;
  refusals.slice(1).forEach((next, n) => {
    const refusal = refusals[n] as Costs;
    const ratios = refusal.costs.map((cost, round) => cost / (next.costs[round] ?? NaN));
    const { least, most } = medianInterval(ratios);
    if (most < 1) return;
    if (least > 1 + TOLERANCE) dearer.push(`${refusal.name} costs ${withInterval(ratios)} of ${next.name}`);
    else even++;
  });
  const less = refusals.length - 1 - dearer.length - even;
  const parts = [`${less} of ${refusals.length - 1} cost less`];
  if (even > 0) parts.push(`${even} as much, as far as this run can tell`);
  if (dearer.length > 0) parts.push(`out of order: ${dearer.join("; ")}`);
  return {
    claim: `no refusal costs more than the next on its way, ${where}`,
    found: parts.join(", "),
    holds: dearer.length === 0,
  };
}

/** A median share and the bounds of its interval. */
export function withInterval(shares: readonly number[]): string {
  const { least, most } = medianInterval(shares);
  return `${percent(median([...shares]))} (${percent(least)} to ${percent(most)})`;
}

/** What a bound of the interval may miss on its side, of 1: 95 % lie within. */
const MISSED_ON_A_SIDE = 0.025;

/**
 * The 95 % interval of a median, whatever the values' distribution: how many of them lie below the true median is
 * a toss of as many coins. With fewer than six values it is all of their range, and covers less.
 */
export function medianInterval(values: readonly number[]): { least: number; most: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  let rank = 0;
  let chance = 0.5 ** count;
  for (let below = chance; below <= MISSED_ON_A_SIDE && rank < count; below += chance) {
    rank++;
    chance *= (count - rank + 1) / rank;
  }
  const first = Math.max(0, rank - 1);
  return { least: sorted[first] ?? NaN, most: sorted[count - 1 - first] ?? NaN };
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
