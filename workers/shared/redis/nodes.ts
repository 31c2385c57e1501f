import { callObject } from "../object-call.ts";
import { nodeNameOf, readNodes } from "./ring.ts";
import { RedisClient, type RedisNodes } from "./client.ts";

/** Where the nodes are, and how many there are to be. */
export type RedisEnv = Pick<Env, "EDGE_REDIS"> & { EDGE_REDIS_NODES?: string };

/** The Redis that the system itself uses. Cheap to make: it holds no connection. */
export const openRedis = (env: RedisEnv): RedisClient => new RedisClient(redisNodes(env));

/** For who passes on commands that are not known here. */
export function redisNodes(env: RedisEnv): RedisNodes {
  const nodes = readNodes(env.EDGE_REDIS_NODES) ?? 1;
  return {
    nodeOf: (key) => nodeNameOf(key, nodes),
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
