import { type Connection, openConnections } from "../load/connection.ts";
import { fireOver, type GeneratorHealth, requestBytes, type VolleyResult } from "../load/volley.ts";
import { cpuSecondsOfThreads } from "../../scripts/serve/process-stats.ts";
import { NTH, type Scene } from "./scenes.ts";

export interface Sample {
  requestsPerSecond: number;
  /** Of the server's process: what one answer costs. */
  cpuMsPerRequest: number;
  /** Share of one core that the server used, 0 to 1: well below 1 and the generator measured itself. */
  serverBusy: number;
  generator: GeneratorHealth;
}

export const CONNECTIONS = 64;

/** A limit lets the first one through, and a bucket one more now and then. */
const OTHER_ANSWERS_MAX_SHARE = 0.01;

/** workerd closes a connection that says nothing for 5 seconds, so one is not used again after this, in milliseconds. */
const IDLE_MAX_MS = 2_000;

/** Answers that a slice begins with and that do not count: memory holds then what it needs, and all is under way. */
const RUN_IN_ANSWERS = 2 * CONNECTIONS;

const MS_PER_SECOND = 1_000;

/** Where a server is, and which process it is. */
export interface Place {
  url: string;
  pid: number;
}

/** Asks one server for slices of a second, over connections that stay open from slice to slice. */
export class Range {
  readonly #place: Place;
  #connections: Connection[] = [];
  #usedAt = -Infinity;
  /** How many requests have been sent. */
  #sent = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Asks for one answer as fast as it is given, for so many milliseconds. */
  async measure(scene: Scene, ms: number): Promise<Sample> {
    await this.#connect();
    const next = this.#requestsOf(scene);
    let runIn = RUN_IN_ANSWERS;
    await fireOver(this.#connections, { next: () => (runIn-- > 0 ? next() : undefined) });
    const before = cpuOf(this.#place);
    const result = await fireOver(this.#connections, { durationMs: ms, next });
    const used = cpuOf(this.#place) - before;
    this.#usedAt = performance.now();
    assertAnswers(scene, result);
    return {
      requestsPerSecond: result.answers / result.seconds,
      cpuMsPerRequest: (used * MS_PER_SECOND) / result.answers,
      serverBusy: used / result.seconds,
      generator: result.generator,
    };
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections = [];
  }

  async #connect(): Promise<void> {
    const isFresh = performance.now() - this.#usedAt < IDLE_MAX_MS;
    if (isFresh && this.#connections.every(({ isOpen }) => isOpen)) return;
    this.close();
    this.#connections = await openConnections(this.#place.url, CONNECTIONS);
  }

  #requestsOf({ method, path, headers }: Scene): () => Buffer {
    const request = requestBytes(method, path, headers);
    if (!request.includes(NTH)) return () => request;
    const text = request.toString("latin1");
    return () => Buffer.from(text.replace(NTH, nameOf(this.#sent++)), "latin1");
  }
}

/** As long for each number, and not the same twice. */
const nameOf = (n: number): string => n.toString(36).padStart(NTH.length, "0");

/** Processor seconds of that server. @throws Error where the system does not say. */
export function cpuOf({ pid }: Place): number {
  const seconds = cpuSecondsOfThreads(pid);
  if (seconds === null) throw new Error("this system does not say what a process used");
  return seconds;
}

function assertAnswers(scene: Scene, { answers, statuses }: VolleyResult): void {
  const others = answers - (statuses[scene.status] ?? 0);
  if (others <= answers * (scene.othersMaxShare ?? OTHER_ANSWERS_MAX_SHARE)) return;
  throw new Error(`${scene.name}: expected ${scene.status}, got ${JSON.stringify(statuses)}`);
}
