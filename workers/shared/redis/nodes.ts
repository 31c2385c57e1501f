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
        return await stubOf(env, node).execute(commands, options);
      }),
  };
}

/** Listens to channels of one node, as `EdgeRedisRpc` says. */
export const listenTo = (
  env: Pick<Env, "EDGE_REDIS">,
  node: string,
  commands: Uint8Array,
): Promise<ReadableStream<Uint8Array>> => callObject(async () => await stubOf(env, node).listen(commands));

const stubOf = ({ EDGE_REDIS }: Pick<Env, "EDGE_REDIS">, node: string) =>
  EDGE_REDIS.get(EDGE_REDIS.idFromName(node));
