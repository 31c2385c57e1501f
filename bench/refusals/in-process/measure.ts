import { CONNECTIONS, cpuOf } from "../measure.ts";
import { turned } from "../rounds.ts";
import { NTH, type Scene } from "../scenes.ts";
import { setStage, type Stage } from "../stage.ts";
import { type Asking, ASK_PATH } from "./asking.ts";

/** What one answer costs where nothing is sent and received, round by round. */
export interface InProcess {
  scene: Scene;
  /** Microseconds of processor time for an answer, that of making it included. */
  costs: number[];
  /** For making the same answer alone. */
  bare: number[];
}

/** As many as take some 20 ms, and 100 where an object is asked: short enough for some slices to be disturbed by nothing. */
const TIMES = 2_048;
/** Rounds of such slices for each round over HTTP. */
const ROUNDS_FACTOR = 3;
const MICROSECONDS_PER_SECOND = 1e6;

/** The entry of the Worker that asks itself. */
const MAIN = "bench/refusals/in-process/worker.ts";

/** What refusals from memory cost without HTTP, in rounds that go forwards and backwards; the first warms up. */
export async function measureInProcess(httpRounds: number): Promise<InProcess[]> {
  const rounds = httpRounds * ROUNDS_FACTOR;
  const stage = await setStage(MAIN);
  try {
    const all = [...stage.reads, ...stage.refusals]
      .filter((scene) => scene.othersMaxShare === undefined && !isVaried(scene))
      .map((scene): InProcess => ({ scene, costs: [], bare: [] }));
    for (let round = 0; round <= rounds; round++) {
      await stage.renew();
      for (const { scene, costs, bare } of turned(all, round)) {
        await stage.set(scene);
        const without = await costOf(stage, scene, true);
        const cost = await costOf(stage, scene, false);
        if (round === 0) continue;
        bare.push(without);
        costs.push(cost);
      }
      if (round % ROUNDS_FACTOR === 0) process.stderr.write(`without HTTP, round ${round} of ${rounds}\n`);
    }
    return all;
  } finally {
    await stage.close();
  }
}

const isVaried = ({ headers }: Scene): boolean => Object.values(headers).some((value) => value.includes(NTH));

async function costOf({ place }: Stage, scene: Scene, isBare: boolean): Promise<number> {
  const { method, path, headers, status, goesOn } = scene;
  const asking: Asking = {
    ...{ method, url: place.url + path, headers, status, isBare },
    ...{ times: TIMES, atOnce: goesOn ? CONNECTIONS : 1 },
  };
  const before = cpuOf(place);
  const answer = await fetch(place.url + ASK_PATH, { method: "POST", body: JSON.stringify(asking) });
  if (!answer.ok) throw new Error(`${scene.name}: the server answered ${answer.status}`);
  await answer.arrayBuffer();
  return ((cpuOf(place) - before) * MICROSECONDS_PER_SECOND) / TIMES;
}
