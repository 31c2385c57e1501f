import { median } from "../gather/gather.ts";
import type { Sample } from "./measure.ts";

/** One answer's samples, round by round, with those of its floor where it has a goal. */
export interface Series {
  name: string;
  samples: Sample[];
  floor?: Sample[];
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

/** Whether no refusal costs more processor time than the next on the way, in their order. */
export function judgeOrder(refusals: readonly Series[]): Verdict {
  const dearer = refusals.slice(1).flatMap((next, n) => {
    const refusal = refusals[n] as Series;
    const ratio = median(
      refusal.samples.map(
        (sample, round) => sample.cpuMsPerRequest / (next.samples[round]?.cpuMsPerRequest ?? NaN),
      ),
    );
    return ratio > 1 + TOLERANCE ? [`${refusal.name} costs ${percent(ratio)} of ${next.name}`] : [];
  });
  const text =
    dearer.length === 0
      ? `no refusal costs over ${percent(1 + TOLERANCE)} of the next on its way`
      : `out of order: ${dearer.join("; ")}`;
  return { pass: dearer.length === 0, text };
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
