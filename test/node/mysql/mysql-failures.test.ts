import { createConnection, type Connection } from "mysql2/promise";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTcpDoor } from "../../../bench/load/tcp-door.ts";
import { migrateMySql } from "../../../scripts/migrate-mysql.ts";
import { mysqlOrderStore } from "../../../workers/order/store/mysql-order-store.ts";
import { type OrderStore, RowsRefused } from "../../../workers/order/store/order-store.ts";
import { sampleOrder } from "../../workers/order/samples.ts";
import { startOwnMysqld } from "./own-mysqld.ts";
import { serverOf } from "./server.ts";

/* A server of our own that is treated badly. */
const own = await startOwnMysqld();
if (!own) {
  if (process.env["CI"]) throw new Error("There is no mysqld on this machine: install mariadb-server.");
  console.warn("SKIPPED: no mysqld on this machine, so no MySQL can be made to fail.");
}

const USER = "worker";
const INNODB_TRX_REFRESH_MS = 150;
const LOCK_WAIT_SECONDS = 3;

describe.skipIf(!own)("orders in a MySQL that fails", async () => {
  if (!own) return;
  await migrateMySql(own.url);
  const door = await openTcpDoor("127.0.0.1", serverOf(own.url).port);
  /** As the Worker comes: through the door, and without an administrator's rights. */
  const worker = { ...serverOf(own.url), port: door.port, user: USER };
  let store: OrderStore;
  let admin: Connection;

  beforeEach(async () => {
    admin = await createConnection({ uri: own.url });
    await admin.query(`CREATE USER IF NOT EXISTS ${USER}@'%'`);
    await admin.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON spike.* TO ${USER}@'%'`);
    await admin.query("DELETE FROM orders");
    store = mysqlOrderStore(worker);
  });

  afterEach(async () => {
    await store.close();
    await admin.end();
  });

  afterAll(async () => {
    await door.shut();
    await own.remove();
  });

  const recorded = async () => (await store.findMany([1, 2, 3].map((n) => sampleOrder(n).orderId))).length;

  /** What somebody else does to the orders until `let go` is called. */
  async function lockAll(): Promise<() => Promise<void>> {
    await store.upsert([1, 2, 3].map((n) => sampleOrder(n)));
    await admin.beginTransaction();
    await admin.query("SELECT * FROM orders FOR UPDATE");
    return () => admin.commit();
  }

  it.each(["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH", "ORACLE"])(
    "records each text as it is, whatever mode the server is in: %j",
    async (mode) => {
      await admin.query("SET GLOBAL sql_mode = ?", [mode]);
      const texts = [
        "\\",
        "\\'",
        "'",
        "'); DROP TABLE orders; --",
        '"',
        "\0",
        "限时秒杀🎁",
        "%_?",
        " a ",
        "\\0\n",
      ];
      const orders = texts.map((text, n) => sampleOrder(n + 1, { userId: text, spikeTitle: text }));
      await store.upsert(orders);
      for (const order of orders) expect(await store.find(order.orderId, order.userId)).toEqual(order);
      await admin.query("SET GLOBAL sql_mode = DEFAULT");
    },
  );

  it("waits again for a lock that was not to be had in time", async () => {
    // Long enough for a busy machine to see each of its waits; the store's connection is made after this.
    await admin.query(`SET GLOBAL innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}`);
    const letGo = await lockAll();
    const upsert = store.upsert([sampleOrder(1, { version: 2, state: "paid" })]);
    const first = await untilSomebodyWaits(own.url);
    // Another transaction of the same Worker waits: the first has given up.
    await untilSomebodyWaits(own.url, first.transaction);
    await letGo();
    await upsert;
    expect(await store.find(sampleOrder(1).orderId, "u1")).toMatchObject({ state: "paid" });
    await admin.query("SET GLOBAL innodb_lock_wait_timeout = DEFAULT");
  });

  it("tries again when a deadlock was resolved at its cost", async () => {
    await store.upsert([1, 2].map((n) => sampleOrder(n)));
    // Who has changed more rows is not the one to give way.
    await admin.beginTransaction();
    await admin.query("UPDATE orders SET quantity = 7 WHERE id = ?", [sampleOrder(2).orderId]);
    const other = Array.from({ length: 50 }, (_, i) => sampleOrder(i + 100));
    for (const { orderId } of other) {
      await admin.query(
        "INSERT INTO orders SELECT ?, spike_id, spike_title, user_id, quantity, amount_minor, currency, state, version, pay_before, created_at, updated_at FROM orders WHERE id = ?",
        [orderId, sampleOrder(2).orderId],
      );
    }
    const upsert = store.upsert([1, 2].map((n) => sampleOrder(n, { version: 2, state: "paid" })));
    await untilSomebodyWaits(own.url);
    await admin.query("UPDATE orders SET quantity = 8 WHERE id = ?", [sampleOrder(1).orderId]);
    await admin.commit();
    await upsert;
    const [[status]] = (await admin.query("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")) as unknown as [
      { Value: string }[],
    ];
    expect(Number(status?.Value)).toBeGreaterThan(0);
    for (const n of [1, 2])
      expect(await store.find(sampleOrder(n).orderId, "u1")).toMatchObject({ state: "paid" });
  });

  it("goes on with a new connection when the server cuts the old one in mid-batch", async () => {
    const letGo = await lockAll();
    const upsert = store.upsert([1, 2, 3].map((n) => sampleOrder(n, { version: 2 })));
    const { connection } = await untilSomebodyWaits(own.url);
    const killer = await createConnection({ uri: own.url });
    await killer.query(`KILL ${connection}`);
    await killer.end();
    await letGo();
    await upsert;
    const [rows] = await admin.query("SELECT DISTINCT version FROM orders");
    expect(rows).toEqual([{ version: 2 }]);
  });

  it("goes on when the network breaks in mid-batch", async () => {
    const letGo = await lockAll();
    const upsert = store.upsert([sampleOrder(1, { version: 2 })]);
    await untilSomebodyWaits(own.url);
    await door.shut();
    await door.open();
    await letGo();
    await upsert;
    expect(await store.find(sampleOrder(1).orderId, "u1")).toMatchObject({ version: 2 });
  });

  it("says that a server is away, and finds it when it is back", async () => {
    await store.upsert([sampleOrder(1)]);
    await admin.end();
    await own.stop();
    for (let n = 0; n < 2; n++) {
      const failure = await store.upsert([sampleOrder(2)]).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(failure).not.toBeInstanceOf(RowsRefused);
    }
    await own.start();
    admin = await createConnection({ uri: own.url });
    await store.upsert([sampleOrder(2)]);
    expect(await recorded()).toBe(2);
  });

  it("takes a server that only reads for one that will write again", async () => {
    await admin.query("SET GLOBAL read_only = 1");
    await expectPassing(store.upsert([sampleOrder(1)]), /read.?only/i);
    expect(await recorded()).toBe(0);
    await admin.query("SET GLOBAL read_only = 0");
    await store.upsert([sampleOrder(1)]);
    expect(await recorded()).toBe(1);
  });

  it.each([
    [1021, "Disk full"],
    [1114, "The table 'orders' is full"],
  ])("takes error %i for a disk that will have room again", async (number, words) => {
    await admin.query(
      `CREATE TRIGGER full_disk BEFORE INSERT ON orders FOR EACH ROW
       SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${number}, MESSAGE_TEXT = '${words.replaceAll("'", "''")}'`,
    );
    await expectPassing(store.upsert([sampleOrder(1)]), new RegExp(words));
    await admin.query("DROP TRIGGER full_disk");
    await store.upsert([sampleOrder(1)]);
    expect(await recorded()).toBe(1);
  });

  it("changes nothing when a replacement breaks in its middle", async () => {
    await store.upsert([sampleOrder(1, { version: 9 })]);
    await admin.query(
      `CREATE TRIGGER full_disk BEFORE INSERT ON orders FOR EACH ROW
       SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'full'`,
    );
    const replacing = store.replace([{ orderId: sampleOrder(1).orderId, version: 9 }], [sampleOrder(1)]);
    await expectPassing(replacing, /full/);
    await admin.query("DROP TRIGGER full_disk");
    expect(await store.find(sampleOrder(1).orderId, "u1")).toMatchObject({ version: 9 });
  });
});

async function expectPassing(work: Promise<unknown>, words: RegExp): Promise<void> {
  const failure = await work.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(failure).not.toBeInstanceOf(RowsRefused);
  expect((failure as Error).message).toMatch(words);
}

/** The Worker's transaction that is waiting for a lock, once there is one, another than that one. */
async function untilSomebodyWaits(
  url: string,
  other?: string,
): Promise<{ connection: number; transaction: string }> {
  const connection = await createConnection({ uri: url });
  try {
    for (;;) {
      // Who asks sooner than 100 ms after the last time is given that answer again.
      await new Promise((resolve) => setTimeout(resolve, INNODB_TRX_REFRESH_MS));
      const [rows] = await connection.query(
        `SELECT trx_mysql_thread_id AS connection, CONCAT(trx_id, ' ', trx_started) AS transaction
         FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'`,
      );
      const [waiting] = rows as { connection: number; transaction: string }[];
      if (waiting && waiting.transaction !== other) return waiting;
    }
  } finally {
    await connection.end();
  }
}
