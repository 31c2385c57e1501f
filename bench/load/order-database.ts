import { randomBytes } from "node:crypto";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { migrateMySql, MYSQL_URL_DEFAULT } from "../../scripts/migrate-mysql.ts";
import { openTcpDoor } from "./tcp-door.ts";
import { type AdminOrder, adminOrder } from "./wire.ts";

/** The database in which a server of our own records orders, as we see it past the server. */
export interface OrderDatabase {
  /** For the server. */
  url: string;
  /** Every order of the sale that is recorded. */
  orders(spikeId: string): Promise<AdminOrder[]>;
  /** How many orders of the sale are recorded: looked at past the door, so also while that is shut. */
  recorded(spikeId: string): Promise<number>;
  /** The server finds nobody there. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  /** Removes the database. */
  close(): Promise<void>;
}

const MYSQL_PORT = 3306;
/** Random bytes in the name of a database, so that rehearsals at the same time have one each. */
const NAME_BYTES = 4;

/** A new database on the MySQL at MYSQL_URL, with a door of its own on the way to it. */
export async function openMySqlDatabase(environment: NodeJS.ProcessEnv): Promise<OrderDatabase> {
  const direct = new URL(environment["MYSQL_URL"] || MYSQL_URL_DEFAULT);
  const name = `spike_rehearsal_${randomBytes(NAME_BYTES).toString("hex")}`;
  direct.pathname = name;
  await migrateMySql(direct.href);
  const door = await openTcpDoor(direct.hostname, Number(direct.port) || MYSQL_PORT);
  const behindDoor = new URL(direct);
  behindDoor.host = `127.0.0.1:${door.port}`;
  const connection = await createConnection({ uri: direct.href, charset: "utf8mb4" });
  return {
    url: behindDoor.href,
    async orders(spikeId) {
      const [rows] = await connection.query<RowDataPacket[]>("SELECT * FROM orders WHERE spike_id = ?", [
        spikeId,
      ]);
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

/** The row in the words of the admin's list, so that one verdict does for both. */
function toAdminOrder(row: RowDataPacket): AdminOrder {
  const instant = (column: string) => new Date(Number(row[column])).toISOString();
  return adminOrder.parse({
    id: row["id"] as unknown,
    spikeId: row["spike_id"] as unknown,
    userId: row["user_id"] as unknown,
    quantity: row["quantity"] as unknown,
    amountMinor: row["amount_minor"] as unknown,
    state: row["state"] as unknown,
    createdAt: instant("created_at"),
    updatedAt: instant("updated_at"),
  });
}
