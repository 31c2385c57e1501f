import { residentBytes } from "../../scripts/serve/process-stats.ts";
import { table } from "../report/table.ts";
import { describe, type LedgerRound, type LedgerServer, medianOf, report, reserve } from "./ledger-bench.ts";

/** Orders that are in a ledger before a round measures it: in one made for the round, and in one that is kept. */
const FRESH_SIZES = [1_000, 10_000];
const GROWN_SIZES = [100_000, 1_000_000];
/** Reservations measured in a round: enough for SQLite to carry its log over into the file several times. */
const STEP = 30_000;
const ROUNDS = 5;
/** A reservation in one ledger may cost this many times what it costs in another. */
const SPREAD_GOAL = 1.2;
/** What the platform gives one object, in MB; these two share a process with all else. */
const GROWN_MB_MAX = 128;
const BYTES_PER_MB = 1024 ** 2;

/** The median of a ledger with so many orders. */
export interface GrownLedger extends LedgerRound {
  size: number;
}

/**
 * What a reservation costs in ledgers of a thousand to a million orders. The sizes take turns, so that whatever
 * else the machine does touches all of them; the small ledgers are new in each round, because they do not stay
 * small.
 */
export async function measureGrowth(server: LedgerServer): Promise<void> {
  const megabytes = () => (residentBytes(server.pid) ?? Number.NaN) / BYTES_PER_MB;
  await reserve(server, "warm-up", { batch: 100, count: STEP });
  const before = megabytes();
  for (const size of GROWN_SIZES) await reserve(server, `grown-${size}`, { batch: 100, count: size });
  const grown = megabytes() - before;
  const rounds = new Map<number, LedgerRound[]>([...FRESH_SIZES, ...GROWN_SIZES].map((size) => [size, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [size, measured] of rounds) {
      const isFresh = FRESH_SIZES.includes(size);
      const name = isFresh ? `fresh-${size}-${round}` : `grown-${size}`;
      if (isFresh) await reserve(server, name, { batch: 100, count: size });
      measured.push(await reserve(server, name, { batch: 100, count: STEP }));
    }
  }
  const medians: GrownLedger[] = [...rounds].map(([size, measured]) => ({ size, ...medianOf(measured) }));
  const rows = medians.map(({ size, ...median }) => [String(size), ...describe(median)]);
  console.log(table(["orders in it", "reservations/s", "CPU ms each"], rows));
  const cpu = medians.map(({ cpuMs }) => cpuMs);
  const spread = Math.max(...cpu) / Math.min(...cpu);
  report(
    [
      {
        claim: `a reservation costs the same within ${Math.round((SPREAD_GOAL - 1) * 100)} % from 1,000 to 1,000,000 orders`,
        found: `${spread.toFixed(2)} times`,
        holds: spread <= SPREAD_GOAL,
      },
      {
        claim: `the server grows by less than ${GROWN_MB_MAX} MB with the two large ledgers`,
        found: `${grown.toFixed(0)} MB`,
        holds: grown < GROWN_MB_MAX,
      },
    ],
    { spread, grownMegabytes: grown, growth: medians },
  );
}
