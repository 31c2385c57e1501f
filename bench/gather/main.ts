import { runCommand } from "../rehearsal/command.ts";
import { table } from "../report/table.ts";
import { describeMachine } from "../report/machine.ts";
import { type GatherResult, measureGathering, median, type Round } from "./gather.ts";
import { GATHER_USAGE, type GatherOptions, readGatherOptions } from "./options.ts";

/** Gathering is worth its code when it at least doubles what a server does. */
const RATIO_GOAL = 2;
/** Busier than this, the generator measures itself. */
const GENERATOR_BUSY_MAX = 0.9;

async function run(options: GatherOptions): Promise<void> {
  const result = await measureGathering(options, (name, round) => {
    process.stderr.write(`${name.padEnd(9)}  ${describe(round).join("  ")}\n`);
  });
  const rows = (["gathering", "alone"] as const).map((name) => [name, ...describe(medianOf(result[name]))]);
  console.log(table(["median of rounds", "purchases/s", "CPU s per 1,000", "generator busy"], rows));
  const ratio = ratioOf(result, "purchasesPerSecond");
  const cpuRatio = 1 / ratioOf(result, "cpuSecondsPer1000");
  console.log(
    `gathering / alone: ${ratio.toFixed(2)} in purchases/s (goal ${RATIO_GOAL}), ${cpuRatio.toFixed(2)} in CPU`,
  );
  const busiest = Math.max(...[...result.gathering, ...result.alone].map((round) => round.generatorBusy));
  if (busiest > GENERATOR_BUSY_MAX)
    console.log("The load generator was the bottleneck in at least one round.");
  if (options.json)
    console.log(JSON.stringify({ machine: describeMachine(), options, ratio, cpuRatio, ...result }));
}

function medianOf(rounds: Round[]): Round {
  const of = (what: keyof Round) => median(rounds.map((round) => round[what]));
  return {
    purchasesPerSecond: of("purchasesPerSecond"),
    cpuSecondsPer1000: of("cpuSecondsPer1000"),
    generatorBusy: of("generatorBusy"),
  };
}

function ratioOf({ gathering, alone }: GatherResult, what: keyof Round): number {
  return medianOf(gathering)[what] / medianOf(alone)[what];
}

function describe(round: Round): string[] {
  return [
    Math.round(round.purchasesPerSecond).toLocaleString("en"),
    round.cpuSecondsPer1000.toFixed(3),
    `${Math.round(round.generatorBusy * 100)} %`,
  ];
}

await runCommand(readGatherOptions, GATHER_USAGE, run);
