import { DEFAULT_SETTINGS } from "../../workers/shared/settings.ts";
import { readOptions, type RehearsalOptions, windowMsOf } from "../rehearsal/options.ts";
import { rehearse } from "../rehearsal/rehearsal.ts";
import { setStage } from "../rehearsal/stage.ts";
import type { RehearsalReport } from "../report/report.ts";
import type { ServiceTimes } from "./measure.ts";
import type { Forecast } from "./simulation/scene.ts";
import { simulate } from "./simulation/simulate.ts";
import { oneProcess } from "./topology.ts";

/** One figure, simulated and measured. */
export interface Comparison {
  figure: string;
  simulated: number;
  measured: number;
  /** (simulated - measured) ÷ measured. */
  error: number;
}

export interface ValidatedSale {
  users: number;
  stock: number;
  comparisons: Comparison[];
}

/** Sizes that one machine plays in seconds: a small sale, a larger one, and one in which the server is busy all the time. */
const SIZES = [
  { users: 2_000, stock: 200 },
  { users: 10_000, stock: 1_000 },
  { users: 20_000, stock: 10_000 },
];
/** The crowd of the simulation: no bots, no broken connections, everybody who wins pays. */
const MANNERS = [
  "--bots=0%",
  "--breaks=0%",
  "--keen=0%",
  "--cancel=0%",
  "--pay=100%",
  "--hold=60",
  "--seed=1",
];
const WINDOW_SECONDS = 5;
/** The sale that is played beforehand. */
const WARM_UP_USERS = 3_000;
const WARM_UP_STOCK = 500;

/** Plays real sales on a server of our own and simulates the same ones. */
export async function validate(times: ServiceTimes, say: (line: string) => void): Promise<ValidatedSale[]> {
  const sales: ValidatedSale[] = [];
  for (const { users, stock } of SIZES) {
    say(`playing a sale with ${users} shoppers and ${stock} units`);
    const options = readOptions([
      ...[`--users=${users}`, `--stock=${stock}`, `--window=${WINDOW_SECONDS}`],
      ...MANNERS,
    ]) as RehearsalOptions;
    const report = await play(options);
    sales.push({ users, stock, comparisons: compare(report, options, times) });
  }
  return sales;
}

async function play(options: RehearsalOptions): Promise<RehearsalReport> {
  const stage = await setStage(options, process.env, () => undefined);
  try {
    // The first sale of a server runs on code that is not compiled yet; a shop's servers have had theirs.
    const early = { ...stage, people: stage.people.slice(0, WARM_UP_USERS) };
    await rehearse(early, { ...options, stock: WARM_UP_STOCK }, "rehearsal", () => undefined);
    return await rehearse(stage, options, "rehearsal", () => undefined);
  } finally {
    await stage.close();
  }
}

function compare(
  { figures, usage, pass }: RehearsalReport,
  options: RehearsalOptions,
  { cpuMs, threadShare }: ServiceTimes,
): Comparison[] {
  if (!pass) throw new Error("the rehearsal failed; there is nothing to compare with");
  const size = { gates: DEFAULT_SETTINGS.gatesPerSpike, stripes: 1 };
  const { tally, topology } = simulate(
    forecastOf(options, size),
    oneProcess(size, cpuMs, threadShare, options.connections),
  );
  const cpuSeconds = usage.flatMap((sample) => (sample.cpuSeconds === null ? [] : [sample.cpuSeconds]));
  const rows: [string, number | null, number | null][] = [
    ["time to sell out, ms", tally.soldOutMs, figures.soldOutMs],
    ["last winner sees the record, ms", tally.lastSeenRecordedMs, figures.lastRecordedMs],
    ["requests for tokens and purchases", tally.tokens + tally.purchases, figures.totals.attempts],
    ["wins", tally.wins, figures.totals.wins],
    [
      "processor seconds",
      (topology.front[0]?.busyMs ?? 0) / 1_000,
      (cpuSeconds.at(-1) ?? 0) - (cpuSeconds[0] ?? 0),
    ],
  ];
  return rows.flatMap(([figure, simulated, measured]) =>
    simulated === null || measured === null || measured === 0
      ? []
      : [{ figure, simulated, measured, error: (simulated - measured) / measured }],
  );
}

function forecastOf(options: RehearsalOptions, size: { gates: number; stripes: number }): Forecast {
  return {
    ...size,
    users: options.users,
    stock: options.stock,
    arrival: options.arrival,
    windowMs: windowMsOf(options),
    holdMs: options.holdSeconds * 1_000,
    payShare: options.pay,
    thinkMinMs: 0,
    thinkMaxMs: 3_000,
    fleetRequestsPerSecond: DEFAULT_SETTINGS.fleetRequestsPerSecond,
    overloadFactor: DEFAULT_SETTINGS.overloadFactor,
  };
}
