import { app } from "./app.ts";
import { sharingWithOrigins } from "./front-door/cross-origin.ts";
import { answerAtTheDoor } from "./front-door/front-door.ts";
import { assertConfigured } from "./operations/assert-configured.ts";
import { consumeQueue } from "./order/queue/consume.ts";
import { answerRedisCall } from "./redis/rest-routes.ts";
import { answerCrowdCall } from "./spike/crowd-routes.ts";
import { JOBS, runJobs } from "./scheduled.ts";

export { EdgeRedis } from "../durable-objects/edge-redis/edge-redis.ts";
export { SpikeGate } from "../durable-objects/spike-gate/spike-gate.ts";
export { SpikeMonitor } from "../durable-objects/spike-monitor/spike-monitor.ts";
export { SpikeStock } from "../durable-objects/spike-stock/spike-stock.ts";
export { WebhookSender } from "../durable-objects/webhook-sender/webhook-sender.ts";

export default {
  fetch: (request, env, ctx) =>
    sharingWithOrigins(
      request,
      env,
      () =>
        answerAtTheDoor(request, env) ??
        answerCrowdCall(request, env) ??
        answerRedisCall(request, env) ??
        app.fetch(request, env, ctx),
    ),
  queue: async (batch, env) => {
    assertConfigured(env);
    await consumeQueue(batch, env);
  },
  scheduled: async (controller, env) => {
    assertConfigured(env);
    await runJobs(JOBS, env, controller.scheduledTime);
  },
} satisfies ExportedHandler<Env>;
