import type { Check } from "../load/checks.ts";
import { pause } from "../load/doors.ts";
import { type OwnServer, startOwnServer } from "../load/own-server.ts";
import { mintPeople } from "../load/people.ts";
import { between, type Random, randomStream } from "../load/random.ts";
import type { RunningSale } from "../load/sale.ts";
import { rehearse } from "../rehearsal/rehearsal.ts";
import { ADDRESSES_REMARK, MINTED_REMARK } from "../rehearsal/stage.ts";
import type { RehearsalReport } from "../report/report.ts";
import type { CrashOptions } from "./options.ts";

/** How long after the sale has come to a point the kill may wait, so as to hit any moment, in milliseconds. */
const AIM_MAX_MS = 300;
const LOOK_PAUSE_MS = 5;
/** The last kill comes before this share of the stock is sold, so that it still meets buyers. */
const MID_SALE_SHARE = 0.9;

/**
 * Rehearses a sale on a server that is killed in the middle of it. The points are spread over the sale
 * by what has been sold, not by the clock, so that each kill is in mid-sale on a machine of any speed.
 */
export async function crashTest(
  { kills, rehearsal }: CrashOptions,
  watch: (sale: RunningSale) => void,
): Promise<RehearsalReport> {
  const server = await startOwnServer();
  try {
    const { users: count, seed, stock } = rehearsal;
    const crowd = { count, seed, jwtKeys: server.secrets.JWT_KEYS, sendAddresses: true };
    const people = await mintPeople(crowd, Date.now(), () => {});
    const points = killPoints(kills, stock, randomStream(seed, "kills"));
    const remarks = [MINTED_REMARK, ADDRESSES_REMARK];
    let killing: Promise<number[]> = Promise.resolve([]);
    const stage = { target: server.target, people, remarks, close: () => Promise.resolve() };
    const report = await rehearse(stage, rehearsal, "crash-test", (sale) => {
      watch(sale);
      killing = killAt(points, sale, server, randomStream(seed, "aim"));
      // A restart that fails is reported below, after the sale that it makes impossible has given up.
      killing.catch(() => {});
    });
    const check = killsHappened(points, await killing);
    return { ...report, pass: report.pass && check.pass, checks: [check, ...report.checks] };
  } finally {
    await server.stop();
  }
}

/** After how many wins to kill: one random point in each of as many equal parts of the sale. */
export function killPoints(kills: number, stock: number, random: Random): number[] {
  return Array.from({ length: kills }, (_, kill) =>
    Math.floor(((kill + random()) / kills) * stock * MID_SALE_SHARE),
  );
}

/** Kills and restarts at each point; says how many had won at each kill. */
async function killAt(
  points: number[],
  sale: RunningSale,
  server: OwnServer,
  random: Random,
): Promise<number[]> {
  const wonAtKill: number[] = [];
  for (const point of points) {
    while (sale.measures.totals.wins < point && sale.phase !== "done") await pause(LOOK_PAUSE_MS);
    await pause(between(random, 0, AIM_MAX_MS));
    if (sale.phase === "done") break;
    wonAtKill.push(sale.measures.totals.wins);
    await server.crashAndRestart();
  }
  return wonAtKill;
}

function killsHappened(points: number[], wonAtKill: number[]): Check {
  return {
    name: "killed in mid-sale as often as planned",
    pass: wonAtKill.length === points.length,
    found: `${wonAtKill.length} of ${points.length} times, when this many had won: ${wonAtKill.join(", ")}`,
  };
}
