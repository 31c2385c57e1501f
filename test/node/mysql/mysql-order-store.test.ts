import { randomBytes } from "node:crypto";
import { createConnection } from "mysql2/promise";
import { afterAll, describe, expect, it } from "vitest";
import { migrateMySql } from "../../../scripts/migrate-mysql.ts";
import { ORDER_TEXT_MAX_CHARS } from "../../../workers/database/mysql-schema.ts";
import { mysqlOrderStore } from "../../../workers/order/store/mysql-order-store.ts";
import { RowsRefused } from "../../../workers/order/store/order-store.ts";
import { describeOrderStore } from "../../contract/order-store.ts";
import { sampleOrder } from "../../workers/order/samples.ts";
import { findMySql, serverOf } from "./server.ts";

const server = await findMySql();

describe.skipIf(!server)("on a real server", async () => {
  if (!server) return;
  const name = `spike_test_${randomBytes(4).toString("hex")}`;
  const url = new URL(`/${name}`, server).href;
  await migrateMySql(url);
  const connection = await createConnection({ uri: url });

  afterAll(async () => {
    await connection.query(`DROP DATABASE ${name}`);
    await connection.end();
  });

  describeOrderStore("MySQL", {
    open: () => mysqlOrderStore(serverOf(url)),
    execute: (statement) => connection.query(statement),
  });

  it("refuses a text that is too long instead of cutting it off, also where the server would", async () => {
    const store = mysqlOrderStore(serverOf(url));
    const longest = sampleOrder(1, { spikeTitle: "🎁".repeat(ORDER_TEXT_MAX_CHARS.spikeTitle) });
    await connection.query("DELETE FROM orders");
    await store.upsert([longest]);
    expect(await store.find(longest.orderId, "u1")).toEqual(longest);
    const tooLong = sampleOrder(2, { spikeTitle: `${longest.spikeTitle}!` });
    await expect(store.upsert([tooLong])).rejects.toThrow(RowsRefused);
    await expect(store.upsert([sampleOrder(3, { userId: "u".repeat(129) })])).rejects.toThrow(RowsRefused);
    await store.close();
  });

  it.each(["", "user_id = 'u1' AND", "spike_id = 's1' AND"])(
    "walks an index, sorts nothing for %j",
    async (filter) => {
      const orders = Array.from({ length: 2_000 }, (_, i) =>
        sampleOrder(i + 1, { userId: `u${i % 50}`, spikeId: `s${i % 40}` }),
      );
      const store = mysqlOrderStore(serverOf(url));
      await store.upsert(orders);
      await store.close();
      // The server counts rows some time after they came, and plans by what it has counted.
      await connection.query("ANALYZE TABLE orders");
      const [rows] = await connection.query(
        `EXPLAIN SELECT * FROM orders WHERE ${filter} created_at <= 1793750401000
       AND (created_at < 1793750401000 OR id < 's1-1-nonce') ORDER BY created_at DESC, id DESC LIMIT 3`,
      );
      const [plan] = rows as { key: string; Extra: string }[];
      expect(plan?.key).toMatch(/^orders_(user_|spike_)?created$/);
      expect(plan?.Extra).not.toContain("filesort");
    },
  );

  it("uses one connection, and gives it back", async () => {
    const user = `spike_${randomBytes(3).toString("hex")}`;
    await connection.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'secret 🔑'`);
    await connection.query(`GRANT ALL ON ${name}.* TO ${user}@'%'`);
    const connections = async () => {
      const [rows] = await connection.query("SELECT 1 FROM information_schema.processlist WHERE user = ?", [
        user,
      ]);
      return (rows as unknown[]).length;
    };
    const store = mysqlOrderStore({ ...serverOf(url), user, password: "secret 🔑" });
    await Promise.all([store.upsert([sampleOrder(1)]), store.findMany(["a"]), store.countByState("sample")]);
    expect(await connections()).toBe(1);
    await store.close();
    await expect.poll(connections).toBe(0);
    await connection.query(`DROP USER ${user}@'%'`);
  });
});
