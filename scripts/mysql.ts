import { type Connection, createConnection } from "mysql2/promise";
import { CommandError } from "./command.ts";

const PORT = 3306;
/** ER_BAD_DB_ERROR: there is no such database. */
const NO_DATABASE = 1049;
/** How MYSQL_URL is written, as a sentence. */
export const MYSQL_URL_EXAMPLE = "Set it to an address such as mysql://user:password@host:3306/spike.";

/**
 * The address of a MySQL and its database, as MYSQL_URL has it. What is wrong with it is said without showing the password.
 * @throws CommandError that says how to write it.
 */
export function readMySqlUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol !== "mysql:" || url.hostname === "") {
    throw new CommandError(`MYSQL_URL is no address of a MySQL. ${MYSQL_URL_EXAMPLE}`);
  }
  try {
    for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part);
  } catch {
    throw new CommandError(
      `MYSQL_URL has a % that begins no character: write % itself as %25, in a password too. ${MYSQL_URL_EXAMPLE}`,
    );
  }
  if (!/^\/[\w-]{1,64}$/.test(url.pathname)) {
    throw new CommandError(
      `MYSQL_URL must name a database of letters, digits, _ and -. ${MYSQL_URL_EXAMPLE}`,
    );
  }
  return url;
}

/**
 * Connects to the MySQL at `url`, to its database unless told otherwise.
 * @throws CommandError that says who did not answer, or what the server said.
 */
export async function connectToMySql(url: URL, database = url.pathname.slice(1)): Promise<Connection> {
  const uri = new URL(url);
  uri.pathname = database;
  try {
    return await createConnection({ uri: uri.href, charset: "utf8mb4" });
  } catch (error) {
    const at = `${url.hostname}:${url.port || PORT}`;
    throw new CommandError(`The MySQL at ${at} (MYSQL_URL) cannot be used: ${reasonOf(error)}`);
  }
}

/** Why a server refused, in words, and what to look at. A refused connection has a code and no words. */
export function reasonOf(error: unknown): string {
  const { sqlMessage, code } = error as { sqlMessage?: string; code?: string };
  switch (code) {
    case "ECONNREFUSED":
      return "nobody listens there. Is it running, and is that its port?";
    case "ENOTFOUND":
      return "there is no such host.";
    case "ETIMEDOUT":
      return "it does not answer as a MySQL does. Is that its port?";
    case "ER_ACCESS_DENIED_ERROR":
    case "ER_ACCESS_DENIED_NO_PASSWORD_ERROR":
      return `${sqlMessage}. Are user and password right?`;
    case "ER_DBACCESS_DENIED_ERROR":
    case "ER_TABLEACCESS_DENIED_ERROR":
      return `${sqlMessage}. Migrations need CREATE, ALTER, INDEX and the rights on rows.`;
    case "ER_OPTION_PREVENTS_STATEMENT":
      return `${sqlMessage}. Is that a replica, which only reads?`;
    case "ER_BAD_DB_ERROR":
      return `${sqlMessage}. "npm run migrate:mysql" creates it.`;
    default:
      return `${sqlMessage ?? code ?? String(error)}.`;
  }
}

/** Enters the database that `url` names, and makes it when there is none: who may not make one may still enter. */
export async function enterDatabase(connection: Connection, { pathname }: URL): Promise<void> {
  const name = `\`${pathname.slice(1)}\``;
  try {
    await connection.query(`USE ${name}`);
  } catch (error) {
    if ((error as { errno?: number }).errno !== NO_DATABASE) throw error;
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8mb4`);
    await connection.query(`USE ${name}`);
  }
}
