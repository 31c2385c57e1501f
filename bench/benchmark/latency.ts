import { isBottleneck } from "../load/volley.ts";
import type { Verdict } from "../report/verdict.ts";
import type { ScenarioResult } from "./scenarios.ts";
import { startShop } from "./shop.ts";

const CONNECTIONS = 256;
const SECONDS = 4;
/** Wins a second that are asked for, whether or not answers come. */
const LOADS = [500, 1_000, 2_000, 3_000];
const QUICK_LOADS = [1_000];
const P99_MAX_MS = 150;
const MAX_MS = 1_000;
/** A sale that asks for what this machine cannot give shows nothing but its queue. */
const JUDGED_PER_SECOND = 1_000;

/** Latency of a win by load, from the moment at which it was due. */
export async function measureLatency(quick: boolean, say: (line: string) => void): Promise<ScenarioResult> {
  const loads = quick ? QUICK_LOADS : LOADS;
  const shop = await startShop(Math.max(...loads) * SECONDS, { tracesCollections: true });
  const latencies: NonNullable<ScenarioResult["latencies"]> = [];
  const verdicts: Verdict[] = [];
  const remarks = [
    `Open loop over ${CONNECTIONS} connections for ${SECONDS} s at each load, the first one warms up.`,
  ];
  try {
    for (const [index, perSecond] of [loads[0] as number, ...loads].entries()) {
      const sale = await shop.prepare(perSecond * SECONDS);
      const { latency, generator } = await sale.buy({
        connections: CONNECTIONS,
        perSecond,
        durationMs: SECONDS * 1_000,
      });
      if (index === 0) continue;
      say(`${perSecond} wins/s: p50 ${latency.p50} ms, p99 ${latency.p99} ms, max ${latency.max} ms`);
      latencies.push({ label: `${perSecond} wins/s`, ...latency });
      if (isBottleneck(generator))
        remarks.push(`At ${perSecond} wins/s the load generator was the bottleneck.`);
      if (perSecond !== JUDGED_PER_SECOND) continue;
      verdicts.push(
        {
          claim: `p99 of a win under ${P99_MAX_MS} ms at ${perSecond}/s`,
          found: `${latency.p99.toFixed(0)} ms`,
          holds: latency.p99 < P99_MAX_MS,
        },
        {
          claim: `no win over ${MAX_MS} ms`,
          found: `${latency.max.toFixed(0)} ms`,
          holds: latency.max < MAX_MS,
        },
      );
    }
    const stoodStill = sayCollections(await shop.fullCollections());
    say(stoodStill);
    remarks.push(stoodStill);
  } finally {
    await shop.stop();
  }
  return { name: "latency", title: "Latency of a win by load", series: [], verdicts, latencies, remarks };
}

/**
 * Nothing else runs in an isolate while V8 collects all of it: who is due meanwhile waits. V8 writes its log in
 * blocks, so the last ones of a run may be missing.
 */
function sayCollections(pausesMs: readonly number[]): string {
  if (pausesMs.length === 0) return "No full garbage collection was seen.";
  const pauses = pausesMs.map((ms) => ms.toFixed(0)).join(", ");
  return `Full garbage collections, during which the server stands still, took ${pauses} ms.`;
}
