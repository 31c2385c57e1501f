import { randomBytes } from "node:crypto";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { migrateMySql, MYSQL_URL_DEFAULT } from "../../scripts/migrate-mysql.ts";
import { type OrderDatabase, toAdminOrder } from "./order-database.ts";
import { openTcpDoor } from "./tcp-door.ts";

const MYSQL_PORT = 3306;
/** Random bytes in the name of a database, so that rehearsals at the same time have one each. */
const NAME_BYTES = 4;
/** Tells in which order rows were inserted; the server names its columns and does not see it. */
const NUMBER_ROWS = "ALTER TABLE orders ADD COLUMN inserted BIGINT NOT NULL AUTO_INCREMENT UNIQUE";

/** A new database on the MySQL at MYSQL_URL, with a door of its own on the way to it; `url` is for the server. */
export async function openMySqlDatabase(
  environment: NodeJS.ProcessEnv,
): Promise<OrderDatabase & { url: string }> {
  const direct = new URL(environment["MYSQL_URL"] || MYSQL_URL_DEFAULT);
  const name = `spike_rehearsal_${randomBytes(NAME_BYTES).toString("hex")}`;
  direct.pathname = name;
  await migrateMySql(direct.href);
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
      await connection.query(`DROP DATABASE ${name}`);
      await connection.end();
    },
  };
}
