import { SpikeStock as Ledger } from "../../../durable-objects/spike-stock/spike-stock.ts";
import type { OrderEventsMessage } from "../../../workers/shared/order.ts";
import shop from "../../../workers/index.ts";

/*
 * The shop's own Worker without what records: a purchase is answered as always, its order is durable in the ledger
 * and leaves it, and the ledger hears that it was recorded. There is no queue, consumer and database behind it, so
 * this is what the request alone takes.
 */

export * from "../../../workers/index.ts";

/** As late as a consumer would say it, in milliseconds. */
const RECORDED_AFTER_MS = 200;

export class SpikeStock extends Ledger {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, {
      ...env,
      ORDERS: {
        ...env.ORDERS,
        send: async ({ events }: OrderEventsMessage) => {
          await scheduler.wait(RECORDED_AFTER_MS);
          await this.recorded(events.map(({ orderId, version }) => ({ orderId, version })));
          return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
        },
      },
    });
  }
}

export default shop;
