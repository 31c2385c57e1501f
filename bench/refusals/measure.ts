import autocannon from "autocannon";
import type { Scene } from "./scenes.ts";

export interface Sample {
  requestsPerSecond: number;
  /** Of the server's process: what one answer costs. */
  cpuMsPerRequest: number;
  /** Share of one core that the server used, 0 to 1: well below 1 and the generator measured itself. */
  serverBusy: number;
}

export const CONNECTIONS = 64;

/** A limit lets the first one through, and a bucket one more now and then. */
const OTHER_ANSWERS_MAX_SHARE = 0.01;

/** Asks for one answer as fast as it is given, for so many seconds. */
export async function measure(
  server: { url: string; cpuSeconds(): number | null },
  scene: Scene,
  seconds: number,
): Promise<Sample> {
  const before = server.cpuSeconds();
  const result = await autocannon({
    url: server.url + scene.path,
    method: scene.method,
    headers: scene.headers,
    connections: CONNECTIONS,
    duration: seconds,
  });
  const after = server.cpuSeconds();
  if (before === null || after === null) throw new Error("this system does not say what a process used");
  const total = result.requests.total;
  const expected = result.statusCodeStats?.[`${scene.status}`]?.count ?? 0;
  if (result.errors > 0 || total - expected > total * OTHER_ANSWERS_MAX_SHARE) {
    const seen = JSON.stringify(result.statusCodeStats);
    throw new Error(`${scene.name}: expected ${scene.status}, got ${seen} and ${result.errors} errors`);
  }
  return {
    requestsPerSecond: total / result.duration,
    cpuMsPerRequest: ((after - before) * 1000) / total,
    serverBusy: (after - before) / result.duration,
  };
}
