import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { D1_ROWS_MAX_CHARS, d1OrderStore, packRows } from "../../../workers/order/store/d1-order-store.ts";
import { openOrderStore } from "../../../workers/order/store/open-order-store.ts";
import type { OrderSnapshot } from "../../../workers/shared/order.ts";
import { describeOrderStore } from "../../contract/order-store.ts";
import { SAMPLE_TIME, sampleOrder } from "./samples.ts";

const store = d1OrderStore(env.DB);

describeOrderStore("D1", {
  open: () => d1OrderStore(env.DB),
  execute: (statement) => env.DB.exec(statement),
});

beforeEach(async () => {
  await env.DB.exec("DELETE FROM orders");
});

it("takes more rows than fit one parameter", async () => {
  const orders = Array.from({ length: 3000 }, (_, i) => sampleOrder(i + 1));
  expect([...packRows(orders, D1_ROWS_MAX_CHARS)].length).toBeGreaterThan(1);
  await store.upsert(orders);
  expect(await store.countByState("sample")).toMatchObject({ reserved: 3000 });
});

describe("packRows", () => {
  const orders = [sampleOrder(1), sampleOrder(2), sampleOrder(3)];
  const one = packRows([orders[0] as OrderSnapshot], 1).next().value?.length ?? 0;
  const two = 2 * one - 1;

  it.each([
    { maxChars: two - 1, sizes: [1, 1, 1] },
    { maxChars: two, sizes: [2, 1] },
    { maxChars: two + one - 2, sizes: [2, 1] },
    { maxChars: two + one - 1, sizes: [3] },
    { maxChars: 1, sizes: [1, 1, 1] },
  ])("keeps each parameter within $maxChars characters", ({ maxChars, sizes }) => {
    const packed = [...packRows(orders, maxChars)];
    expect(packed.map((rows) => (JSON.parse(rows) as unknown[]).length)).toEqual(sizes);
    expect(maxChars === 1 || packed.every((rows) => rows.length <= maxChars)).toBe(true);
  });
});

describe("page", () => {
  it.each([
    [{ userId: "odd" }, "orders_user_created"],
    [{ spikeId: "sample" }, "orders_spike_created"],
    [{}, "orders_created"],
  ])("walks an index for %j instead of sorting", async (filter, index) => {
    const statements: { query: string; parameters: unknown[] }[] = [];
    const watched = new Proxy(env.DB, {
      get: (target, key) =>
        key === "prepare"
          ? (query: string) => {
              const statement = target.prepare(query);
              const bind = statement.bind.bind(statement);
              statement.bind = (...parameters: unknown[]) => {
                statements.push({ query, parameters });
                return bind(...parameters);
              };
              return statement;
            }
          : Reflect.get(target, key),
    });
    await d1OrderStore(watched).page(filter, { at: SAMPLE_TIME + 1, id: "sample-5-nonce" }, 3);
    const { query = "", parameters = [] } = statements[0] ?? {};
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`)
      .bind(...parameters)
      .all<{ detail: string }>();
    const plan = results.map(({ detail }) => detail).join("; ");
    expect(plan).toContain(`INDEX ${index} `);
    expect(plan).not.toContain("TEMP B-TREE");
  });
});

describe("openOrderStore", () => {
  it("opens the store that the configuration names", async () => {
    await openOrderStore(env).upsert([sampleOrder(1)]);
    expect(await store.find("sample-1-nonce", "u1")).toEqual(sampleOrder(1));
  });

  it("says what to do when it names none", () => {
    expect(() => openOrderStore({ ...env, ORDER_STORE: "oracle" })).toThrow(
      'ORDER_STORE is "oracle": set it to "d1" or "mysql" under [vars] in wrangler.toml.',
    );
  });

  it("says what is missing when it names MySQL without a Hyperdrive", () => {
    expect(() => openOrderStore({ ...env, ORDER_STORE: "mysql" })).toThrow(
      /\[\[hyperdrive\]\].*"HYPERDRIVE"/,
    );
  });
});
