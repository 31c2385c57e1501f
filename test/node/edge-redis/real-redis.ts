import { RespClient } from "./resp-client.ts";

const REDIS = {
  host: process.env["REDIS_HOST"] || "127.0.0.1",
  port: Number(process.env["REDIS_PORT"] || 6379),
};

/** A Redis to compare with, or null where there is none, which it says loudly; where there must be one it fails. */
export async function findRedis(): Promise<RespClient | null> {
  try {
    return await RespClient.connect(REDIS.port, REDIS.host);
  } catch (error) {
    if (process.env["CI"]) throw error;
    console.warn(
      `SKIPPED: no Redis answers at ${REDIS.host}:${REDIS.port}. Start one, or name one with REDIS_PORT.`,
    );
    return null;
  }
}

/**
 * Among Redis's databases one that is empty, which we leave empty; nobody loses anything by our tests.
 * @param last where to begin; tests that run at the same time begin far from each other.
 */
export async function chooseEmptyDatabase(redis: RespClient, last: number): Promise<string> {
  for (let database = last; database >= 0; database--) {
    const [, size] = await redis.send([["SELECT", String(database)], ["DBSIZE"]]);
    if (size === ":0") return String(database);
  }
  throw new Error("that Redis has no empty database to test in");
}
