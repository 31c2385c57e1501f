import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { ORDER_DEAD_QUEUE, ORDER_DELIVERIES_MAX, ORDER_QUEUE } from "../../workers/order/queue/message.ts";

/** The `[[queues.consumers]]` tables of wrangler.toml as text, by queue name. */
async function consumers(): Promise<Map<string, string>> {
  const toml = await readFile("wrangler.toml", "utf8");
  const tables = toml.split(/^\[/m).filter((table) => table.startsWith("[queues.consumers]]"));
  return new Map(tables.map((table) => [/^queue = "(.*)"$/m.exec(table)?.[1] ?? "", table]));
}

it("has a consumer for exactly the queues that the code dispatches on", async () => {
  expect([...(await consumers()).keys()].sort()).toEqual([ORDER_QUEUE, ORDER_DEAD_QUEUE].sort());
});

it("knows how often the platform delivers a message before it gives up", async () => {
  const orders = (await consumers()).get(ORDER_QUEUE);
  expect(orders).toMatch(new RegExp(`^max_retries = ${ORDER_DELIVERIES_MAX - 1}$`, "m"));
  expect(orders).toMatch(new RegExp(`^dead_letter_queue = "${ORDER_DEAD_QUEUE}"$`, "m"));
});
