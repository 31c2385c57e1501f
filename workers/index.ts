import { app } from "./app.ts";
import { consumeQueue } from "./order/queue/consume.ts";

export { SpikeGate } from "../durable-objects/spike-gate/spike-gate.ts";
export { SpikeStock } from "../durable-objects/spike-stock/spike-stock.ts";

export default {
  fetch: app.fetch,
  queue: consumeQueue,
} satisfies ExportedHandler<Env>;
