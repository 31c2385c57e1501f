import { ask } from "../shared/calls.ts";
import type { Answer } from "../../shared/answer.ts";

type State = "reserved" | "paid" | "cancelled" | "expired";
export const STATES: readonly State[] = ["reserved", "paid", "cancelled", "expired"];

/** One order as a side has it; only what people look at. */
export interface Side {
  state: string;
  quantity: number;
  amountMinor: number;
  currency: string;
  userId: string;
  version: number;
}

export interface Difference {
  orderId: string;
  kind: "missing" | "extra" | "different";
  fields: string[];
  ledger?: Side;
  database?: Side;
  outcome: "found" | "repaired" | "kept" | "refused";
  reason?: string;
}

/** A comparison or repair, as the API tells it. */
export interface Run {
  run: string;
  spikeId: string;
  mode: "compare" | "repair";
  state: "running" | "done";
  startedBy: string;
  startedAt: string;
  progress: { done: number; total: number };
  counts: Record<"ledger" | "database", Record<State, number>>;
  found: { missing: number; extra: number; different: number; onTheWay: number };
  kept: number;
  refused: number;
  matches: boolean;
}

export interface Report extends Run {
  differences: Difference[];
  nextCursor?: string;
}

export const differencesOf = ({ found }: Run): number => found.missing + found.extra + found.different;

/** Drives a run to its end, telling how far it is. It goes on by itself, in the background, when this page is left. */
export async function reconcile(
  spikeId: string,
  mode: Run["mode"],
  onProgress: (report: Report) => void,
): Promise<Answer<Report>> {
  const path = `/spikes/${spikeId}/reconciliation`;
  let run: string | undefined;
  for (;;) {
    const answer =
      mode === "compare"
        ? await ask<Report>("GET", run === undefined ? path : `${path}?run=${run}`)
        : await ask<Report>("POST", path, { run });
    if (!answer.ok) return answer;
    onProgress(answer.body);
    if (answer.body.state === "done") return answer;
    ({ run } = answer.body);
  }
}
