import { listenTo, type RedisEnv, redisNodes } from "../../shared/redis/nodes.ts";
import type { RestBackend } from "./answer.ts";

/** The nodes of this Worker's own Redis. */
export function restBackend(env: RedisEnv): RestBackend {
  const nodes = redisNodes(env);
  return {
    execute: (commands, { near, mayWrite }) =>
      nodes.execute(nodes.nodeOf(near), commands, { id: crypto.randomUUID(), mayWrite }),
    listen: (commands, { near }) => listenTo(env, nodes.nodeOf(near), commands),
  };
}
