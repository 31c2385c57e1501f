import { app } from "./app.ts";
import { consumeQueue } from "./order/queue/consume.ts";
import { JOBS, runJobs } from "./scheduled.ts";

export { SpikeGate } from "../durable-objects/spike-gate/spike-gate.ts";
export { SpikeStock } from "../durable-objects/spike-stock/spike-stock.ts";

export default {
  fetch: app.fetch,
  queue: consumeQueue,
  scheduled: (controller, env) => runJobs(JOBS, env, controller.scheduledTime),
} satisfies ExportedHandler<Env>;
