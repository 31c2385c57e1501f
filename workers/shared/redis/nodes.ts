import { callObject } from "../object-call.ts";
import { RedisClient } from "./client.ts";

/** The one node there is. */
const NODE = "0";

/** The Redis that the system itself uses. Cheap to make: it holds no connection. */
export function openRedis(env: Pick<Env, "EDGE_REDIS">): RedisClient {
  return new RedisClient({
    nodeOf: () => NODE,
    execute: (node, commands, options) =>
      callObject(async () => {
        const stub = env.EDGE_REDIS.get(env.EDGE_REDIS.idFromName(node));
        return await stub.execute(commands, options);
      }),
  });
}
