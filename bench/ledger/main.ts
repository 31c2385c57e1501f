import { main } from "../../scripts/command.ts";
import { table } from "../report/table.ts";
import { measureGrowth } from "./growth.ts";
import {
  describe,
  type LedgerRound,
  type LedgerServer,
  medianOf,
  report,
  reserve,
  startLedgerBench,
} from "./ledger-bench.ts";

/*
 * How fast is the ledger alone, and what is a batch worth? Run with `npm run bench:ledger`.
 * Rounds alternate between one reservation per transaction and a hundred, in one workerd with fresh
 * state; the medians and their ratio are printed, with `--json` the last line is JSON. With `--growth` instead:
 * what a reservation costs in ledgers of a thousand to a million of them (growth.ts).
 */

/** A batch of a hundred must be worth at least this many times one transaction each. */
const RATIO_GOAL = 10;
const ROUNDS = 5;
/** Reservations per round, by batch size: about a second of work each. */
const SINGLE = { batch: 1, count: 2_000 };
const BATCHED = { batch: 100, count: 20_000 };

await main(async () => {
  const server = await startLedgerBench();
  try {
    await (process.argv.includes("--growth") ? measureGrowth(server) : measureBatches(server));
  } finally {
    await server.stop();
  }
});

async function measureBatches(server: LedgerServer): Promise<void> {
  const rounds: Record<"single" | "batched", LedgerRound[]> = { single: [], batched: [] };
  await reserve(server, "warm-up", BATCHED);
  for (let round = 0; round < ROUNDS; round++) {
    rounds.single.push(await reserve(server, `single-${round}`, SINGLE));
    rounds.batched.push(await reserve(server, `batched-${round}`, BATCHED));
  }
  const [single, batched] = [medianOf(rounds.single), medianOf(rounds.batched)];
  const ratio = batched.perSecond / single.perSecond;
  console.log(
    table(
      ["median of rounds", "reservations/s", "CPU ms each"],
      [
        ["one transaction each", ...describe(single)],
        ["batches of 100", ...describe(batched)],
      ],
    ),
  );
  report(
    [
      {
        claim: `a batch is worth ${RATIO_GOAL} times as many reservations/s`,
        found: `${ratio.toFixed(1)} times, at ${(single.cpuMs / batched.cpuMs).toFixed(1)} times less CPU`,
        holds: ratio >= RATIO_GOAL,
      },
    ],
    { ratio, single, batched },
  );
}
