import type { EdgeRedis } from "../../durable-objects/edge-redis/edge-redis.ts";
import { readNodes } from "../shared/redis/ring.ts";
import { answerRest } from "./rest/answer.ts";
import type { RestSecrets } from "./rest/authorize.ts";
import { restBackend } from "./rest/backend.ts";

/*
 * The entry of `npm run redis`: a Worker of its own with all nodes, which real Redis clients reach over TCP, and
 * those of Upstash Redis over HTTP.
 */

export { EdgeRedis } from "../../durable-objects/edge-redis/edge-redis.ts";

interface RedisEnv extends RestSecrets {
  EDGE_REDIS: DurableObjectNamespace<EdgeRedis>;
  EDGE_REDIS_NODES?: string;
}

/** Connections take turns over the nodes, each of which executes or passes on any command. */
let connections = 0;

export default {
  /** workerd hands over each connection; the node reads and writes it by itself. */
  async connect(socket: Socket, env: RedisEnv): Promise<void> {
    const readable = socket.readable as ReadableStream<Uint8Array>;
    const writable = socket.writable as WritableStream<Uint8Array>;
    const node = String(connections++ % (readNodes(env.EDGE_REDIS_NODES) ?? 1));
    await env.EDGE_REDIS.get(env.EDGE_REDIS.idFromName(node)).serve(readable, writable);
  },
  fetch: (request: Request, env: RedisEnv): Promise<Response> =>
    answerRest(request, new URL(request.url).pathname.slice(1), env, restBackend(env)),
};
