import type { EdgeRedis } from "../../durable-objects/edge-redis/edge-redis.ts";

/*
 * The entry of `npm run redis`: a Worker of its own with one node, which real Redis clients reach over TCP.
 */

export { EdgeRedis } from "../../durable-objects/edge-redis/edge-redis.ts";

interface RedisEnv {
  EDGE_REDIS: DurableObjectNamespace<EdgeRedis>;
}

const NODE = "0";

export default {
  /** workerd hands over each connection; the node reads and writes it by itself. */
  async connect(socket: Socket, env: RedisEnv): Promise<void> {
    const readable = socket.readable as ReadableStream<Uint8Array>;
    const writable = socket.writable as WritableStream<Uint8Array>;
    await env.EDGE_REDIS.get(env.EDGE_REDIS.idFromName(NODE)).serve(readable, writable);
  },
};
