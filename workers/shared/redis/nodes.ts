import { callObject } from "../object-call.ts";
import { RedisClient, type RedisNodes } from "./client.ts";

/** The one node there is. */
const NODE = "0";

/** The Redis that the system itself uses. Cheap to make: it holds no connection. */
export const openRedis = (env: Pick<Env, "EDGE_REDIS">): RedisClient => new RedisClient(redisNodes(env));

/** For who passes on commands that are not known here. */
export function redisNodes(env: Pick<Env, "EDGE_REDIS">): RedisNodes {
  return {
    nodeOf: () => NODE,
    execute: (node, commands, options) =>
      callObject(async () => {
        const stub = env.EDGE_REDIS.get(env.EDGE_REDIS.idFromName(node));
        return await stub.execute(commands, options);
      }),
  };
}
