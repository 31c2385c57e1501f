import { randomUUID } from "node:crypto";
import amqp from "amqplib";
import fastify, { type FastifyRequest } from "fastify";
import { createVerifier } from "fast-jwt";
import { Redis } from "ioredis";
import { keysOf, peerConfig, queueOf } from "./config.ts";
import { RESERVE_SCRIPT } from "./reserve.lua.ts";

/*
 * One web process of the peer. A purchase is decided by a Lua script in Redis and handed to RabbitMQ with a
 * publisher confirm, and only then answered.
 */

/** A shopper has this long to pay, in milliseconds. */
const HOLD_MS = 300_000;
/** Verified access tokens that are remembered: those of the whole crowd. */
const TOKENS_MAX = 50_000;
/** What answers look like, for a serializer that is compiled once. */
const TEXT = { type: "string" } as const;
const ANSWERS = {
  202: { type: "object", properties: { orderId: TEXT, state: TEXT, payBefore: TEXT, poll: TEXT } },
  "4xx": {
    type: "object",
    properties: { code: TEXT, status: { type: "integer" }, title: TEXT, orderId: TEXT },
  },
} as const;

interface Decider extends Redis {
  reserve(stock: string, orders: string, user: string, key: string, order: string): Promise<[string, string]>;
}

const config = peerConfig();
const port = Number(process.env["PORT"]);
const verify = createVerifier({
  key: process.env["JWT_SECRET"] ?? "",
  algorithms: ["HS256"],
  cache: TOKENS_MAX,
});

// Commands of requests that are under way at the same time travel together.
const redis = new Redis(config.redisUrl, { enableAutoPipelining: true }) as Decider;
redis.defineCommand("reserve", { numberOfKeys: 2, lua: RESERVE_SCRIPT });
const keys = keysOf(config);

// Small messages are not to wait for the broker's acknowledgements of those before.
const rabbit = await amqp.connect(config.rabbitUrl, { noDelay: true });
const channel = await rabbit.createConfirmChannel();
const queue = queueOf(config);

/** Resolves when the broker has taken responsibility for the message. */
function publish(order: object): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(order)), { persistent: true }, (error: unknown) => {
      if (error) reject(error instanceof Error ? error : new Error("not confirmed"));
      else resolve();
    });
  });
}

const app = fastify({ logger: false });

/** The user whose access token it is, if it is one. */
function userOf({ headers: { authorization = "" } }: FastifyRequest): string | undefined {
  try {
    return (verify(authorization.slice("Bearer ".length)) as { sub: string }).sub;
  } catch {
    return undefined;
  }
}

/** Who is logged in: what a shopper's page asks before the sale. */
app.get("/session", (request, reply) => {
  const userId = userOf(request);
  return reply.code(userId === undefined ? 401 : 200).send({ userId });
});

app.post("/purchases", { schema: { response: ANSWERS } }, async (request, reply) => {
  const userId = userOf(request);
  if (userId === undefined) return reply.code(401).send({ code: "unauthenticated" });
  const key = String(request.headers["idempotency-key"] ?? request.id);
  const [verdict, orderId] = await redis.reserve(keys.stock, keys.orders, userId, key, randomUUID());
  if (verdict === "sold_out")
    return reply.code(409).send({ code: "sold_out", status: 409, title: "Sold out" });
  if (verdict === "limit_reached") return reply.code(409).send({ code: verdict, orderId });
  const payBefore = Date.now() + HOLD_MS;
  // Again as well: the first attempt may have died between the script and the confirm.
  await publish({ orderId, userId, quantity: 1, amountMinor: 9_900, createdAt: Date.now(), payBefore });
  return reply.code(202).send({
    orderId,
    state: "reserved",
    payBefore: new Date(payBefore).toISOString(),
    poll: `/orders/${orderId}`,
  });
});

await app.listen({ port, host: "127.0.0.1" });
process.send?.("ready");
