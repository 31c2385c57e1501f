import { median } from "../gather/gather.ts";
import { runCommand } from "../rehearsal/command.ts";
import { describeMachine } from "../report/machine.ts";
import { table } from "../report/table.ts";
import { type BareServer, startBareServer } from "./bare-server.ts";
import { measure, type Sample } from "./measure.ts";
import { readRefusalOptions, type RefusalOptions, REFUSALS_USAGE } from "./options.ts";
import { type Scene, setStage, type Stage } from "./scenes.ts";

/** What the sold-out refusal should reach of a bare Response's throughput. */
const SOLD_OUT_SHARE_GOAL = 0.8;
const SOLD_OUT = "sold_out, at the door";
const BARE: Scene = { name: "a bare Response", path: "/", headers: {}, status: 409 };

async function run(options: RefusalOptions): Promise<void> {
  const bare = await startBareServer();
  const stage = await setStage().catch(async (error: unknown) => {
    await bare.stop();
    throw error;
  });
  try {
    const samples = await measureAll(bare, stage, options);
    print(samples, options);
  } finally {
    await stage.close();
    await bare.stop();
  }
}

/** Rounds over all scenes, so that what disturbs the machine for a while disturbs all of them. The first warms up. */
async function measureAll(
  bare: BareServer,
  stage: Stage,
  options: RefusalOptions,
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round <= options.rounds; round++) {
    for (const scene of [BARE, ...stage.scenes]) {
      if (scene !== BARE) await stage.set(scene);
      const sample = await measure(scene === BARE ? bare : stage, scene, options.seconds);
      if (round > 0) samples.set(scene.name, [...(samples.get(scene.name) ?? []), sample]);
    }
    process.stderr.write(round === 0 ? "warmed up\n" : `round ${round} of ${options.rounds}\n`);
  }
  return samples;
}

function print(samples: Map<string, Sample[]>, options: RefusalOptions): void {
  const medians = [...samples].map(([name, all]) => ({
    name,
    requestsPerSecond: median(all.map((sample) => sample.requestsPerSecond)),
    cpuMsPerRequest: median(all.map((sample) => sample.cpuMsPerRequest)),
  }));
  const floor = medians[0];
  const soldOut = medians.find(({ name }) => name === SOLD_OUT);
  if (!floor || !soldOut) throw new Error("nothing was measured");
  const rows = medians.map(({ name, requestsPerSecond, cpuMsPerRequest }) => [
    name,
    requestsPerSecond.toFixed(0),
    cpuMsPerRequest.toFixed(3),
    `${((requestsPerSecond / floor.requestsPerSecond) * 100).toFixed(0)} %`,
    `${((floor.cpuMsPerRequest / cpuOf(cpuMsPerRequest)) * 100).toFixed(0)} %`,
  ]);
  console.log(
    table(["refusal (medians)", "requests/s", "CPU ms", "of bare, requests/s", "of bare, by CPU"], rows),
  );
  const share = soldOut.requestsPerSecond / floor.requestsPerSecond;
  console.log(
    `sold out: ${(share * 100).toFixed(0)} % of a bare Response (goal ${SOLD_OUT_SHARE_GOAL * 100} %)`,
  );
  if (options.json) console.log(JSON.stringify({ machine: describeMachine(), options, medians }));
}

/** The clock of processor time ticks in hundredths of a second; less than a tick is no measurement. */
function cpuOf(cpuMs: number): number {
  if (cpuMs <= 0) throw new Error("too short to measure processor time");
  return cpuMs;
}

await runCommand(readRefusalOptions, REFUSALS_USAGE, run);
