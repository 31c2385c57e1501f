import { median } from "../gather/gather.ts";
import { isBottleneck } from "../load/volley.ts";
import { runCommand } from "../rehearsal/command.ts";
import { describeMachine } from "../report/machine.ts";
import { table } from "../report/table.ts";
import { type Verdict, verdictTable } from "../report/verdict.ts";
import { type InProcess, measureInProcess } from "./in-process/measure.ts";
import type { Sample } from "./measure.ts";
import { readRefusalOptions, type RefusalOptions, REFUSALS_USAGE } from "./options.ts";
import { measureOverHttp, type Series } from "./rounds.ts";
import type { Scene } from "./scenes.ts";
import { judgeOrder, judgeShare, sharesOfBare, withInterval } from "./verdicts.ts";

/** A server that uses less of its core was waiting for the generator. */
const SERVER_BUSY_MIN = 0.9;

async function run(options: RefusalOptions): Promise<void> {
  const series = await measureOverHttp(options);
  const inProcess = options.httpOnly ? [] : await measureInProcess(options.rounds);
  console.log(table(HTTP_HEAD, series.map(httpRow)));
  if (inProcess.length > 0) console.log(`\n${table(IN_PROCESS_HEAD, inProcess.map(inProcessRow))}`);
  const verdicts = judgeAll(series, inProcess);
  // Whoever reads the JSON has them from there.
  if (!options.json) console.log(`\n${verdictTable(verdicts)}`);
  if (verdicts.some(({ holds }) => !holds)) process.exitCode = 1;
  const idle = series.map((one) => ({ name: one.scene.name, samples: samplesOf(one) })).filter(isHeldBack);
  if (idle.length > 0) {
    console.log(
      `The generator held these back: ${idle.map(({ name }) => name).join("; ")}. Their CPU time stands.`,
    );
  }
  if (options.json)
    console.log(JSON.stringify({ machine: describeMachine(), options, verdicts, series, inProcess }));
}

const HTTP_HEAD = [
  "answer (medians, in the order of a request's way)",
  "requests/s",
  "CPU ms per 1,000",
  "middle half",
  "bare, requests/s",
  "bare, CPU ms",
  "share of bare, requests/s",
  "without headers, requests/s",
];

function httpRow(series: Series): string[] {
  const { scene, pairs, bodyAlone } = series;
  const samples = samplesOf(series);
  const bare = pairs.map((pair) => pair.bare);
  const costs = samples.map(({ cpuMsPerRequest }) => cpuMsPerRequest);
  const perSecond = (of: Sample[]) => (of.length > 0 ? middle(of, "requestsPerSecond").toFixed(0) : "");
  return [
    scene.name,
    perSecond(samples),
    perThousand(median(costs)),
    `${perThousand(quantile(costs, 0.25))}–${perThousand(quantile(costs, 0.75))}`,
    perSecond(bare),
    bare.length > 0 ? perThousand(middle(bare, "cpuMsPerRequest")) : "",
    pairs.length > 0 ? withInterval(sharesOfBare(pairs)) : "",
    perSecond(bodyAlone),
  ];
}

/** What disturbs only ever adds, and a tenth of the short slices hardly has any of it. */
const UNDISTURBED = 0.1;

const IN_PROCESS_HEAD = [
  "without HTTP (least disturbed tenth)",
  "CPU µs an answer",
  "of it the bare Response",
  "median",
  "middle half",
];

function inProcessRow({ scene, costs, bare }: InProcess): string[] {
  const micros = (values: number[], share: number) => quantile(values, share).toFixed(1);
  return [
    scene.name,
    micros(costs, UNDISTURBED),
    micros(bare, UNDISTURBED),
    micros(costs, 0.5),
    `${micros(costs, 0.25)}–${micros(costs, 0.75)}`,
  ];
}

function judgeAll(series: readonly Series[], inProcess: readonly InProcess[]): Verdict[] {
  const shares = series.flatMap(({ scene: { name, goal }, pairs }) =>
    goal === undefined ? [] : [judgeShare({ name, goal, pairs })],
  );
  const overHttp = series
    .filter(({ scene }) => isInOrder(scene))
    .map(({ scene, samples }) => ({
      name: scene.name,
      costs: samples.map(({ cpuMsPerRequest }) => cpuMsPerRequest),
    }));
  const within = inProcess
    .filter(({ scene }) => isInOrder(scene))
    .map(({ scene, costs }) => ({ name: scene.name, costs }));
  const overHttpAlone = [...shares, judgeOrder("over HTTP", overHttp)];
  return within.length > 0 ? [...overHttpAlone, judgeOrder("without HTTP", within)] : overHttpAlone;
}

const isInOrder = ({ method, isAside }: Scene): boolean => method === "POST" && !isAside;

/** All of one answer, wherever they were taken. */
const samplesOf = ({ samples, pairs }: Series): Sample[] => [
  ...samples,
  ...pairs.map(({ answer }) => answer),
];

const isHeldBack = ({ samples }: { samples: readonly Sample[] }): boolean =>
  middle(samples, "serverBusy") < SERVER_BUSY_MIN ||
  samples.filter(({ generator }) => isBottleneck(generator)).length > samples.length / 2;

type Figure = Exclude<keyof Sample, "generator">;

const middle = (samples: readonly Sample[], what: Figure): number =>
  median(samples.map((sample) => sample[what]));

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? NaN;
}

const perThousand = (ms: number): string => (ms * 1_000).toFixed(0);

await runCommand(readRefusalOptions, REFUSALS_USAGE, run);
