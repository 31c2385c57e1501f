import { median } from "../gather/gather.ts";
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

async function run(options: RefusalOptions): Promise<void> {
  const stage = await setStage();
  const floors = new Map<Scene, BareServer>();
  try {
    for (const scene of [...stage.reads, ...stage.refusals]) {
      if (scene.goal !== undefined) floors.set(scene, await startBareServer(await answerOf(stage, scene)));
    }
    print(stage, await measureAll(stage, floors, options), options);
  } finally {
    await Promise.all([...floors.values()].map((floor) => floor.stop()));
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

/** Rounds over all scenes, each right after its floor, so that what disturbs the machine disturbs both. The first warms up. */
async function measureAll(
  stage: Stage,
  floors: ReadonlyMap<Scene, BareServer>,
  options: RefusalOptions,
): Promise<Map<Scene, Series>> {
  const all = new Map<Scene, Series>();
  for (const scene of [...stage.reads, ...stage.refusals]) {
    const { name, goal } = scene;
    all.set(scene, { name, samples: [], ...(goal !== undefined && { goal, floor: [] as Sample[] }) });
  }
  for (let round = 0; round <= options.rounds; round++) {
    for (const [scene, { samples, floor }] of all) {
      await stage.set(scene);
      const bare = floors.get(scene);
      const below = bare && (await measure(bare, scene, options.seconds));
      const sample = await measure(stage, scene, options.seconds);
      if (round === 0) continue;
      samples.push(sample);
      if (below) floor?.push(below);
    }
    process.stderr.write(round === 0 ? "warmed up\n" : `round ${round} of ${options.rounds}\n`);
  }
  return all;
}

function print(stage: Stage, all: ReadonlyMap<Scene, Series>, options: RefusalOptions): void {
  const rows = [...all.values()].map((series) => {
    const share = shareOfFloor(series);
    const { floor } = series;
    return [
      series.name,
      middle(series.samples, "requestsPerSecond").toFixed(0),
      (middle(series.samples, "cpuMsPerRequest") * 1_000).toFixed(0),
      floor ? middle(floor, "requestsPerSecond").toFixed(0) : "",
      floor ? (middle(floor, "cpuMsPerRequest") * 1_000).toFixed(0) : "",
      share === null ? "" : `${(share * 100).toFixed(0)} %`,
    ];
  });
  console.log(
    table(["answer (medians)", "requests/s", "CPU µs", "bare, requests/s", "bare, CPU µs", "share"], rows),
  );
  for (const { pass, text } of judgeAll(stage, all)) {
    console.log(`${pass ? "ok  " : "FAIL"}  ${text}`);
    if (!pass) process.exitCode = 1;
  }
  const idle = [...all.values()].filter(({ samples }) => middle(samples, "serverBusy") < SERVER_BUSY_MIN);
  if (idle.length > 0) {
    console.log(
      `The generator held these back: ${idle.map(({ name }) => name).join("; ")}. Their CPU time stands.`,
    );
  }
  if (options.json)
    console.log(JSON.stringify({ machine: describeMachine(), options, series: [...all.values()] }));
}

function judgeAll(stage: Stage, all: ReadonlyMap<Scene, Series>): Verdict[] {
  const shares = [...all.values()].map(judgeShare).filter((verdict) => verdict !== null);
  return [...shares, judgeOrder(stage.refusals.map((scene) => all.get(scene) as Series))];
}

const middle = (samples: readonly Sample[], what: keyof Sample): number =>
  median(samples.map((sample) => sample[what]));

await runCommand(readRefusalOptions, REFUSALS_USAGE, run);
