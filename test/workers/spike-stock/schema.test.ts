import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { hasSchema, migrate, MIGRATIONS } from "../../../durable-objects/spike-stock/schema.ts";
import { LedgerStore } from "../../../durable-objects/spike-stock/store.ts";
import { inWorld, NOW } from "./in-world.ts";
import { ledgerOf } from "./spikes.ts";

describe("the schema", () => {
  it("refuses to store a ledger that does not balance", () =>
    inWorld({}, (_, storage) => {
      const store = new LedgerStore(storage.sql);
      const stock = store.readStock();
      expect(() => store.writeStock({ ...stock, available: stock.available - 1 })).toThrow(
        /CHECK constraint/,
      );
      expect(() => store.writeStock({ ...stock, available: -1, held: 11 })).toThrow(/CHECK constraint/);
    }));

  it("answers every question by an index", () =>
    inWorld({}, (_, storage) => {
      const plans = new Map<string, string>();
      const explain: SqlStorage["exec"] = (query, ...bindings) => {
        const plan = storage.sql
          .exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, ...bindings)
          .toArray();
        plans.set(query, plan.map(({ detail }) => detail).join("; "));
        return storage.sql.exec(query, ...bindings);
      };
      const store = new LedgerStore({ exec: explain });
      store.holdings([1]);
      store.usersAfter(0);
      expect(() => store.userHashes(1)).toThrow(/one result/);
      store.findOrder(1, "nonce");
      store.ordersAfter(0, 1);
      store.overdueOrders(NOW, 1);
      store.earliestPayBefore();
      store.openPayments(NOW, 1);
      store.joinPayment(1, NOW);
      store.isRefused(1, "p");
      store.unrecordedOrders(0, NOW, 1);
      store.hasUnrecorded();
      store.confirm([{ sequence: 1, nonce: "nonce", version: 1 }]);
      store.countKnown([{ sequence: 1, nonce: "nonce", version: 1 }]);
      expect(plans.size).toBe(15);
      const lookups = [...plans].filter(([query]) => !query.startsWith("INSERT"));
      expect(lookups.filter(([, plan]) => !isIndexed(plan))).toEqual([]);
    }));
});

describe("migrations", () => {
  it("run once each, in order, and only those that are new", () =>
    runInDurableObject(ledgerOf("migrations"), (_, { storage: { sql } }) => {
      const first = "CREATE TABLE things (name TEXT); INSERT INTO things VALUES ('one')";
      const second = "ALTER TABLE things ADD COLUMN size INTEGER; INSERT INTO things VALUES ('two', 2)";
      expect(hasSchema(sql)).toBe(false);
      migrate(sql, [first]);
      expect(hasSchema(sql)).toBe(true);
      migrate(sql, [first]);
      migrate(sql, [first, second]);
      migrate(sql, [first, second]);
      expect(sql.exec("SELECT name, size FROM things").toArray()).toEqual([
        { name: "one", size: null },
        { name: "two", size: 2 },
      ]);
    }));

  it("keep the payments that were open in a ledger of the first version", () =>
    runInDurableObject(ledgerOf("first-version"), (_, { storage: { sql } }) => {
      migrate(sql, MIGRATIONS.slice(0, 1));
      sql.exec(`INSERT INTO orders (sequence, nonce, user_id, key, request_id, quantity, amount_minor, state, version,
          recorded_version, pay_before, created_at, updated_at, payment_begun_at)
        VALUES (1, 'n', 'alice', 'k', 'r', 1, 5, 'reserved', 1, 0, 9, 1, 1, 7), (2, 'm', 'bob', 'k', 'r', 1, 5,
          'reserved', 1, 0, 9, 1, 1, NULL)`);
      migrate(sql);
      const store = new LedgerStore(sql);
      expect(store.openPayments(8, 10)).toMatchObject([{ sequence: 1, userId: "alice", attempt: 1 }]);
      expect(store.joinPayment(1, NOW)).toBe(1);
      expect(store.joinPayment(2, NOW)).toBe(2);
    }));
});

/** Whether a plan reaches its table by a key or an index only, and sorts nothing by itself. */
function isIndexed(plan: string): boolean {
  const reached = /(SEARCH|SCAN) \w+ USING (INTEGER PRIMARY KEY|PRIMARY KEY|(COVERING )?INDEX)/.test(plan);
  return reached && !/SCAN (orders|\w+_payments)(;|$)|TEMP B-TREE/.test(plan);
}
