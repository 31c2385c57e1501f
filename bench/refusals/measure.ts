import { type GeneratorHealth, fire, requestBytes } from "../load/volley.ts";
import type { Scene } from "./scenes.ts";

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

const MS_PER_SECOND = 1_000;

/** Asks for one answer as fast as it is given, for so many seconds. */
export async function measure(
  server: { url: string; cpuSeconds(): number | null },
  scene: Scene,
  seconds: number,
): Promise<Sample> {
  const request = requestBytes(scene.method, scene.path, scene.headers);
  const before = server.cpuSeconds();
  const result = await fire({
    url: server.url,
    connections: CONNECTIONS,
    durationMs: seconds * MS_PER_SECOND,
    next: () => request,
  });
  const after = server.cpuSeconds();
  if (before === null || after === null) throw new Error("this system does not say what a process used");
  const { answers, statuses, generator } = result;
  const others = answers - (statuses[scene.status] ?? 0);
  if (others > answers * (scene.othersMaxShare ?? OTHER_ANSWERS_MAX_SHARE)) {
    throw new Error(`${scene.name}: expected ${scene.status}, got ${JSON.stringify(statuses)}`);
  }
  return {
    requestsPerSecond: answers / result.seconds,
    cpuMsPerRequest: ((after - before) * MS_PER_SECOND) / answers,
    serverBusy: (after - before) / result.seconds,
    generator,
  };
}
