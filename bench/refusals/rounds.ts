import { type BareAnswer, type BareServer, startBareServer } from "./bare-server.ts";
import { Range, type Sample } from "./measure.ts";
import type { RefusalOptions } from "./options.ts";
import type { Scene } from "./scenes.ts";
import { setStage, type Stage } from "./stage.ts";
import type { Pair } from "./verdicts.ts";

/** One answer's samples. */
export interface Series {
  scene: Scene;
  /** Of refusals, round by round, each right beside its neighbours on the way. */
  samples: Sample[];
  /** Of what has a goal, round by round. */
  pairs: Pair[];
  /** Of what has a goal: a bare Response with the body alone. */
  bodyAlone: Sample[];
}

/** The floor of a scene: a bare Response with the same status, headers and body; and one with the body alone. */
interface Floors {
  same: Floor;
  bodyAlone: Floor;
}

interface Floor {
  server: BareServer;
  range: Range;
}

/** One round in so many measures a bare Response with the body alone: nothing is held against it. */
const BODY_ALONE_EVERY = 5;

/** What the connection adds to an answer, and no Worker sends. */
const OF_THE_CONNECTION = new Set(["content-length", "transfer-encoding", "connection", "date"]);

/**
 * Rounds that one server serves, and the bare ones beside it. How a process comes to lie in memory makes it faster or slower
 * than the next with the same code, by a tenth and for as long as it lives, so a run has several.
 */
export const LIFE_ROUNDS = 5;

/**
 * What each answer costs over HTTP. Rounds of short slices: how fast the machine is changes from second to second,
 * and what is compared is asked for one right after the other, in every other round the other way round.
 */
export async function measureOverHttp(options: RefusalOptions): Promise<Series[]> {
  const lives = livesOf(options.rounds);
  const all = new Map<string, Series>();
  for (const [life, rounds] of lives.entries()) {
    const server = `server ${life + 1} of ${lives.length}`;
    const measured = await measureLife({ ...options, rounds }, (line) =>
      process.stderr.write(`${server}: ${line}\n`),
    );
    for (const series of measured) {
      const { name } = series.scene;
      all.set(name, joined(all.get(name), series));
    }
  }
  return [...all.values()];
}

/** So many rounds, in lives of nearly the same length. */
export function livesOf(rounds: number): number[] {
  const lives = Math.ceil(rounds / LIFE_ROUNDS);
  return Array.from(
    { length: lives },
    (_, life) => Math.floor(((life + 1) * rounds) / lives) - Math.floor((life * rounds) / lives),
  );
}

function joined(before: Series | undefined, { scene, samples, pairs, bodyAlone }: Series): Series {
  return {
    scene,
    samples: [...(before?.samples ?? []), ...samples],
    pairs: [...(before?.pairs ?? []), ...pairs],
    bodyAlone: [...(before?.bodyAlone ?? []), ...bodyAlone],
  };
}

async function measureLife(options: RefusalOptions, say: (line: string) => void): Promise<Series[]> {
  const stage = await setStage();
  const floors = new Map<Scene, Floors>();
  try {
    for (const scene of [...stage.reads, ...stage.refusals]) {
      if (scene.goal !== undefined) floors.set(scene, await floorsOf(stage, scene));
    }
    return await new Rounds(stage, floors, options).run(say);
  } finally {
    const all = [...floors.values()].flatMap(({ same, bodyAlone }) => [same, bodyAlone]);
    for (const { range } of all) range.close();
    await Promise.all(all.map(({ server }) => server.stop()));
    await stage.close();
  }
}

class Rounds {
  readonly #stage: Stage;
  readonly #floors: ReadonlyMap<Scene, Floors>;
  readonly #options: RefusalOptions;
  readonly #range: Range;
  readonly #series: ReadonlyMap<Scene, Series>;

  constructor(stage: Stage, floors: ReadonlyMap<Scene, Floors>, options: RefusalOptions) {
    this.#stage = stage;
    this.#floors = floors;
    this.#options = options;
    this.#range = new Range(stage.place);
    const scenes = [...stage.reads, ...stage.refusals];
    this.#series = new Map(scenes.map((scene) => [scene, { scene, samples: [], pairs: [], bodyAlone: [] }]));
  }

  /** The first round warms up and does not count. */
  async run(say: (line: string) => void): Promise<Series[]> {
    const { rounds } = this.#options;
    try {
      for (let round = 0; round <= rounds; round++) {
        if (round === 1) for (const series of this.#series.values()) clear(series);
        await this.#stage.renew();
        await this.#refusals(round);
        await this.#besideFloors(round);
        say(round === 0 ? "warmed up" : `round ${round} of ${rounds}`);
      }
    } finally {
      this.#range.close();
    }
    return [...this.#series.values()];
  }

  async #refusals(round: number): Promise<void> {
    for (const scene of turned(this.#stage.refusals, round)) {
      await this.#stage.set(scene);
      this.#seriesOf(scene).samples.push(await this.#measure(this.#range, scene));
    }
  }

  async #besideFloors(round: number): Promise<void> {
    for (const [scene, { same, bodyAlone }] of turned([...this.#floors], round)) {
      await this.#stage.set(scene);
      const { pairs, bodyAlone: alone } = this.#seriesOf(scene);
      const isFloorFirst = round % 2 === 0;
      const before = isFloorFirst ? await this.#measure(same.range, scene) : undefined;
      const answer = await this.#measure(this.#range, scene);
      pairs.push({ answer, bare: before ?? (await this.#measure(same.range, scene)) });
      if (round % BODY_ALONE_EVERY === 1) alone.push(await this.#measure(bodyAlone.range, scene));
    }
  }

  #measure(range: Range, scene: Scene): Promise<Sample> {
    return range.measure(scene, this.#options.sliceMs);
  }

  #seriesOf(scene: Scene): Series {
    return this.#series.get(scene) as Series;
  }
}

/** Forwards in one round and backwards in the next. */
export function turned<Thing>(things: readonly Thing[], round: number): readonly Thing[] {
  return round % 2 === 0 ? things : things.toReversed();
}

function clear({ samples, pairs, bodyAlone }: Series): void {
  for (const list of [samples, pairs, bodyAlone]) list.length = 0;
}

async function floorsOf(stage: Stage, scene: Scene): Promise<Floors> {
  const answer = await answerOf(stage, scene);
  const floor = async (bare: BareAnswer): Promise<Floor> => {
    const server = await startBareServer(bare);
    return { server, range: new Range(server) };
  };
  return { same: await floor(answer), bodyAlone: await floor({ ...answer, headers: {} }) };
}

/** What the real server answers, once its memory holds what it needs. */
async function answerOf(stage: Stage, scene: Scene): Promise<BareAnswer> {
  await stage.set(scene);
  const ask = () => fetch(stage.place.url + scene.path, { method: scene.method, headers: scene.headers });
  await (await ask()).arrayBuffer();
  const answer = await ask();
  const headers = [...answer.headers].filter(([name]) => !OF_THE_CONNECTION.has(name));
  return { status: answer.status, headers: Object.fromEntries(headers), body: await answer.text() };
}
