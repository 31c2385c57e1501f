import { median } from "../gather/gather.ts";
import { isBottleneck } from "../load/volley.ts";
import { runCommand } from "../rehearsal/command.ts";
import { describeMachine } from "../report/machine.ts";
import { table } from "../report/table.ts";
import { type BareAnswer, type BareServer, startBareServer } from "./bare-server.ts";
import { measure, type Sample } from "./measure.ts";
import { readRefusalOptions, type RefusalOptions, REFUSALS_USAGE } from "./options.ts";
import { type Scene, setStage, type Stage } from "./scenes.ts";
import { judgeOrder, judgeShare, type Series, shareOfFloor, type Verdict } from "./verdicts.ts";

/** A server that uses less of its core was waiting for the generator. */
const SERVER_BUSY_MIN = 0.9;
/** What the connection adds to an answer, and no Worker sends. */
const OF_THE_CONNECTION = new Set(["content-length", "transfer-encoding", "connection", "date"]);

/** The floor of a scene: a bare Response with the same status, headers and body; and one with the body alone. */
interface Floors {
  same: BareServer;
  bodyAlone: BareServer;
}

async function run(options: RefusalOptions): Promise<void> {
  const stage = await setStage();
  const floors = new Map<Scene, Floors>();
  try {
    for (const scene of [...stage.reads, ...stage.refusals]) {
      if (scene.goal === undefined) continue;
      const answer = await answerOf(stage, scene);
      const same = await startBareServer(answer);
      floors.set(scene, { same, bodyAlone: await startBareServer({ ...answer, headers: {} }) });
    }
    print(stage, await measureAll(stage, floors, options), options);
  } finally {
    const servers = [...floors.values()].flatMap(({ same, bodyAlone }) => [same, bodyAlone]);
    await Promise.all(servers.map((server) => server.stop()));
    await stage.close();
  }
}

/** What the real server answers, once its memory holds what it needs. */
async function answerOf(stage: Stage, scene: Scene): Promise<BareAnswer> {
  await stage.set(scene);
  const ask = () => fetch(stage.url + scene.path, { method: scene.method, headers: scene.headers });
  await (await ask()).arrayBuffer();
  const answer = await ask();
  const headers = [...answer.headers].filter(([name]) => !OF_THE_CONNECTION.has(name));
  return { status: answer.status, headers: Object.fromEntries(headers), body: await answer.text() };
}

/**
 * Rounds over all scenes, each right after its floors, so that what disturbs the machine disturbs all. Every other
 * round goes backwards, so that nobody is always measured right after the same neighbour. The first warms up.
 */
async function measureAll(
  stage: Stage,
  floors: ReadonlyMap<Scene, Floors>,
  options: RefusalOptions,
): Promise<Map<Scene, Series>> {
  const all = new Map<Scene, Series>();
  for (const scene of [...stage.reads, ...stage.refusals]) {
    const { name, goal } = scene;
    const below = goal !== undefined && { goal, floor: [] as Sample[], bodyAlone: [] as Sample[] };
    all.set(scene, { name, samples: [], ...below });
  }
  for (let round = 0; round <= options.rounds; round++) {
    const forwards = [...all];
    for (const [scene, { samples, floor, bodyAlone }] of round % 2 === 0 ? forwards : forwards.toReversed()) {
      await stage.set(scene);
      const bare = floors.get(scene);
      const plain = bare && (await measure(bare.bodyAlone, scene, options.seconds));
      const below = bare && (await measure(bare.same, scene, options.seconds));
      const sample = await measure(stage, scene, options.seconds);
      if (round === 0) continue;
      samples.push(sample);
      if (below) floor?.push(below);
      if (plain) bodyAlone?.push(plain);
    }
    process.stderr.write(round === 0 ? "warmed up\n" : `round ${round} of ${options.rounds}\n`);
  }
  return all;
}

const HEAD = [
  "answer (medians, in the order of a request's way)",
  "requests/s",
  "CPU ms per 1,000",
  "least to most",
  "bare, requests/s",
  "bare, CPU ms",
  "share",
  "without headers, requests/s",
];

function print(stage: Stage, all: ReadonlyMap<Scene, Series>, options: RefusalOptions): void {
  console.log(table(HEAD, [...all.values()].map(rowOf)));
  for (const { pass, text } of judgeAll(stage, all)) {
    console.log(`${pass ? "ok  " : "FAIL"}  ${text}`);
    if (!pass) process.exitCode = 1;
  }
  const idle = [...all.values()].filter(
    ({ samples }) =>
      middle(samples, "serverBusy") < SERVER_BUSY_MIN ||
      samples.some(({ generator }) => isBottleneck(generator)),
  );
  if (idle.length > 0) {
    console.log(
      `The generator held these back: ${idle.map(({ name }) => name).join("; ")}. Their CPU time stands.`,
    );
  }
  if (options.json)
    console.log(JSON.stringify({ machine: describeMachine(), options, series: [...all.values()] }));
}

function rowOf(series: Series): string[] {
  const { name, samples, floor, bodyAlone } = series;
  const share = shareOfFloor(series);
  const perSecond = (of: Sample[] | undefined) => (of ? middle(of, "requestsPerSecond").toFixed(0) : "");
  const cpu = (of: Sample[] | undefined) => (of ? perThousand(middle(of, "cpuMsPerRequest")) : "");
  const costs = samples.map(({ cpuMsPerRequest }) => cpuMsPerRequest);
  return [
    name,
    perSecond(samples),
    cpu(samples),
    `${perThousand(Math.min(...costs))}–${perThousand(Math.max(...costs))}`,
    perSecond(floor),
    cpu(floor),
    share === null ? "" : `${(share * 100).toFixed(0)} %`,
    perSecond(bodyAlone),
  ];
}

function judgeAll(stage: Stage, all: ReadonlyMap<Scene, Series>): Verdict[] {
  const shares = [...all.values()].map(judgeShare).filter((verdict) => verdict !== null);
  // Where many answers are others, the figures are not those of the refusal alone.
  const pure = stage.refusals.filter(({ othersMaxShare }) => othersMaxShare === undefined);
  return [...shares, judgeOrder(pure.map((scene) => all.get(scene) as Series))];
}

type Figure = Exclude<keyof Sample, "generator">;

const middle = (samples: readonly Sample[], what: Figure): number =>
  median(samples.map((sample) => sample[what]));

const perThousand = (ms: number): string => (ms * 1_000).toFixed(0);

await runCommand(readRefusalOptions, REFUSALS_USAGE, run);
