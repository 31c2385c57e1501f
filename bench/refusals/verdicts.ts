import { median } from "../gather/gather.ts";
import type { Sample } from "./measure.ts";

/** One answer's samples, round by round, with those of its floor where it has a goal. */
export interface Series {
  name: string;
  samples: Sample[];
  /** Of a bare Response with the same status, headers and body. */
  floor?: Sample[];
  /** Of one with the body alone. */
  bodyAlone?: Sample[];
  goal?: number;
}

export interface Verdict {
  pass: boolean;
  text: string;
}

/** How much dearer than the next a refusal may look, as a share: below it two cannot be told apart in one run. */
export const TOLERANCE = 0.03;

/** Round by round against its own floor, so that what disturbs the machine for a while disturbs both. */
export function shareOfFloor({ samples, floor }: Series): number | null {
  if (!floor) return null;
  return median(
    samples.map((sample, round) => sample.requestsPerSecond / (floor[round]?.requestsPerSecond ?? NaN)),
  );
}

/** Whether an answer reaches its share of a bare Response. */
export function judgeShare(series: Series): Verdict | null {
  const share = shareOfFloor(series);
  if (share === null || series.goal === undefined) return null;
  const text = `${series.name}: ${percent(share)} of a bare Response, goal ${percent(series.goal)}`;
  return { pass: share >= series.goal, text };
}

/**
 * Whether no refusal costs more processor time than the next on the way, in their order. One that looks dearer
 * counts only where it was dearer in at least three rounds of four: else it is within the spread, and named so.
 */
export function judgeOrder(refusals: readonly Series[]): Verdict {
  const dearer: string[] = [];
  const unclear: string[] = [];
  refusals.slice(1).forEach((next, n) => {
    const refusal = refusals[n] as Series;
    const ratios = refusal.samples.map(
      (sample, round) => sample.cpuMsPerRequest / (next.samples[round]?.cpuMsPerRequest ?? NaN),
    );
    const ratio = median(ratios);
    if (ratio <= 1 + TOLERANCE) return;
    const text = `${refusal.name} costs ${percent(ratio)} of ${next.name}`;
    (lowerQuartile(ratios) > 1 ? dearer : unclear).push(text);
  });
  const spread = unclear.length === 0 ? "" : ` (within the spread: ${unclear.join("; ")})`;
  const text =
    dearer.length === 0
      ? `no refusal costs over ${percent(1 + TOLERANCE)} of the next on its way`
      : `out of order: ${dearer.join("; ")}`;
  return { pass: dearer.length === 0, text: text + spread };
}

function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 4)] ?? NaN;
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
