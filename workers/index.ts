import { app } from "./app.ts";

export { SpikeGate } from "../durable-objects/spike-gate/spike-gate.ts";
export { SpikeStock } from "../durable-objects/spike-stock/spike-stock.ts";

export default {
  fetch: app.fetch,
} satisfies ExportedHandler<Env>;
