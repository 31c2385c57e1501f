import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { it } from "vitest";
import { Ledger } from "../../../durable-objects/spike-stock/ledger.ts";
import { checkRun } from "./model/property.ts";
import { steps } from "./model/steps.ts";
import { SEED } from "../../seed.ts";
import { ledgerOf } from "./spikes.ts";

/*
 * Random lives of a ledger, compared step by step with a plain model. A failure prints its seed, its
 * path and the shortest list of steps that still fails. To try others, or the same again:
 *   VITE_LEDGER_RUNS=20000 VITE_PROPERTY_SEED=42 vitest run test/workers/spike-stock/ledger-model.test.ts
 */
const { env } = import.meta as ImportMeta & { env: Record<string, string | undefined> };
const RUNS = Number(env["VITE_LEDGER_RUNS"] ?? 2_000);
/** Runs in one visit to the object, so that no single event of the object lasts long. */
const RUNS_PER_VISIT = 250;

it(`holds its promises in ${RUNS} random lives (seed ${SEED})`, { timeout: 3_600_000 }, async () => {
  const object = ledgerOf("model");
  for (let done = 0; done < RUNS; done += RUNS_PER_VISIT) {
    const numRuns = Math.min(RUNS_PER_VISIT, RUNS - done);
    await runInDurableObject(object, (_, { storage }) => {
      const property = fc.property(steps, (list) => checkRun(Ledger, storage, list));
      fc.assert(property, { seed: SEED + done, numRuns });
    });
  }
});
