import { describe, expect, it } from "vitest";
import { environmentOf, readWranglerFile } from "../../scripts/serve/config.ts";
import { ORDER_DEAD_QUEUE, ORDER_DELIVERIES_MAX, ORDER_QUEUE } from "../../workers/order/queue/message.ts";

interface Consumer {
  queue: string;
  max_retries: number;
  dead_letter_queue?: string;
}

describe.each([
  ["production", undefined, ""],
  ["staging", "staging", "staging-"],
  ["mysql", "mysql", "mysql-"],
])("wrangler.toml's queues of %s", (_, environment, prefix) => {
  async function consumers(): Promise<Consumer[]> {
    const { queues } = environmentOf(await readWranglerFile(), environment);
    return (queues?.consumers ?? []) as Consumer[];
  }

  it("have a consumer each, and are those that the code dispatches on", async () => {
    const names = (await consumers()).map(({ queue }) => queue);
    expect(names.toSorted()).toEqual([ORDER_QUEUE, ORDER_DEAD_QUEUE].map((name) => prefix + name).toSorted());
  });

  it("deliver a message as often as the code believes before they give up", async () => {
    const orders = (await consumers()).find(({ queue }) => queue === prefix + ORDER_QUEUE);
    expect(orders?.max_retries).toBe(ORDER_DELIVERIES_MAX - 1);
    expect(orders?.dead_letter_queue).toBe(prefix + ORDER_DEAD_QUEUE);
  });
});
