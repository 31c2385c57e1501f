import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { it } from "vitest";
import { Ledger } from "../../../durable-objects/spike-stock/ledger.ts";
import { checkStripedRun, stripedSteps } from "./model/striped.ts";
import { SEED } from "../../seed.ts";
import { ledgerOf } from "./spikes.ts";

/*
 * Random lives of a sale with several ledgers. To try others, or the same again:
 *   VITE_LEDGER_RUNS=20000 VITE_PROPERTY_SEED=42 vitest run test/workers/spike-stock/striped-model.test.ts
 */
const { env } = import.meta as ImportMeta & { env: Record<string, string | undefined> };
const RUNS = Number(env["VITE_LEDGER_RUNS"] ?? 300);
/** Runs in one visit to the object, so that no single event of the object lasts long. */
const RUNS_PER_VISIT = 50;

it.each([1, 2, 8])(
  `keeps every unit of a sale with %i ledgers in ${RUNS} random lives (seed ${SEED})`,
  { timeout: 3_600_000 },
  async (stripes) => {
    for (let done = 0; done < RUNS; done += RUNS_PER_VISIT) {
      const numRuns = Math.min(RUNS_PER_VISIT, RUNS - done);
      await runInDurableObject(ledgerOf("model"), (_, { storage }) => {
        const property = fc.property(stripedSteps, (list) => checkStripedRun(Ledger, storage, stripes, list));
        fc.assert(property, { seed: SEED + done, numRuns });
      });
    }
  },
);
