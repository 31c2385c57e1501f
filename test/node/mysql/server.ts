import { createConnection } from "mysql2/promise";
import type { MySqlServer } from "../../../workers/order/store/mysql-session.ts";
import { MYSQL_URL_DEFAULT } from "../../../scripts/migrate-mysql.ts";

const DEFAULT_PORT = 3306;
/** Where nobody listens it is said at once; a server that is there may be busy. */
const CONNECT_MS = 60_000;

/** The MySQL to test on, or null where there is none, which says so loudly, and fails where there must be one. */
export async function findMySql(): Promise<URL | null> {
  const url = new URL(process.env["MYSQL_URL"] || MYSQL_URL_DEFAULT);
  url.pathname = "";
  try {
    const connection = await createConnection({ uri: url.href, connectTimeout: CONNECT_MS });
    await connection.end();
    return url;
  } catch (error) {
    if (process.env["CI"]) throw error;
    console.warn(`SKIPPED: no MySQL answers at ${url.host}. Start one, or name one with MYSQL_URL.`);
    return null;
  }
}

/** As the Worker is told of its server by Hyperdrive. */
export function serverOf(text: string): MySqlServer {
  const url = new URL(text);
  return {
    host: url.hostname,
    port: Number(url.port) || DEFAULT_PORT,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
  };
}
