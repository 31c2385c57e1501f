import { createConnection, type RowDataPacket } from "mysql2/promise";
import { type OrderDatabase, toAdminOrder } from "./order-database.ts";
import { openTcpDoor } from "./tcp-door.ts";
import { makeTemporaryDatabase } from "./temporary-database.ts";

const MYSQL_PORT = 3306;
/** Tells in which order rows were inserted; the server names its columns and does not see it. */
const NUMBER_ROWS = "ALTER TABLE orders ADD COLUMN inserted BIGINT NOT NULL AUTO_INCREMENT UNIQUE";

/** A new database on the MySQL at MYSQL_URL, with a door of its own on the way to it; `url` is for the server. */
export async function openMySqlDatabase(
  environment: NodeJS.ProcessEnv,
): Promise<OrderDatabase & { url: string }> {
  const database = await makeTemporaryDatabase("spike_rehearsal", environment);
  const direct = database.url;
  const door = await openTcpDoor(direct.hostname, Number(direct.port) || MYSQL_PORT);
  const behindDoor = new URL(direct);
  behindDoor.host = `127.0.0.1:${door.port}`;
  const connection = await createConnection({ uri: direct.href, charset: "utf8mb4" });
  await connection.query(NUMBER_ROWS);
  return {
    url: behindDoor.href,
    async orders(spikeId) {
      const query = "SELECT * FROM orders WHERE spike_id = ? ORDER BY inserted";
      const [rows] = await connection.query<RowDataPacket[]>(query, [spikeId]);
      return rows.map(toAdminOrder);
    },
    async recorded(spikeId) {
      const query = "SELECT COUNT(*) AS orders FROM orders WHERE spike_id = ?";
      const [rows] = await connection.query<RowDataPacket[]>(query, [spikeId]);
      return Number(rows[0]?.["orders"]);
    },
    leave: () => door.shut(),
    comeBack: () => door.open(),
    async close() {
      await door.shut();
      await connection.end();
      await database.drop();
    },
  };
}
