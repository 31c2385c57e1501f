import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { SECRETS_FILE } from "../../scripts/secrets.ts";
import { LoadClient } from "../load/http-client.ts";
import { startOwnServer } from "../load/own-server.ts";
import { d1Database } from "../load/d1-database.ts";
import { openMySqlDatabase } from "../load/mysql-database.ts";
import type { OrderDatabase } from "../load/order-database.ts";
import { mintPeople, type Person } from "../load/people.ts";
import { REGISTERED_MAX, registerPeople } from "../load/register.ts";
import type { Target } from "../load/sale.ts";
import { UsageError } from "../command-line.ts";
import { type RehearsalOptions } from "./options.ts";

/** The server and the crowd of a rehearsal, ready. */
export interface Stage {
  target: Target;
  people: Person[];
  /** How this rehearsal differs from strangers on the internet, in sentences for the report. */
  remarks: string[];
  /** Of a server of our own that records in a database we can take away. */
  database?: OrderDatabase;
  close(): Promise<void>;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export const MINTED_REMARK =
  "The shoppers' access tokens were signed by the rehearsal with the server's own key: logging in so many " +
  "accounts would measure scrypt, which no sale runs.";
export const ADDRESSES_REMARK =
  "Each shopper has an address of its own, sent as CF-Connecting-IP, which the platform would set; ten bots share one.";
const MYSQL_REMARK = "Orders were recorded in MySQL, and judged by what was read from it past the server.";
const DOOR_REMARK =
  "A door stood between the server and its D1, shut while the database was away; orders are judged by what was read past it.";
const ONE_ADDRESS =
  "All requests come from one address, because the platform lets nobody claim another; limits per address apply to the whole crowd.";

/** Prepares server and crowd: our own, or the ones `--url` and the environment name. */
export async function setStage(
  options: RehearsalOptions,
  environment: NodeJS.ProcessEnv,
  onProgress: (done: number) => void,
): Promise<Stage> {
  const crowd = { count: options.users, seed: options.seed };
  if (options.url === null) return setOwnStage(options, environment, onProgress);
  const local = LOOPBACK.test(new URL(options.url).hostname);
  const secrets = { ...(local ? await localSecrets() : {}), ...environment };
  const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password, JWT_KEYS: jwtKeys } = secrets;
  if (!username || !password) {
    throw new UsageError("--url needs ADMIN_USERNAME and ADMIN_PASSWORD in the environment");
  }
  const target: Target = { url: options.url, admin: { username, password }, usage: () => null };
  const close = () => Promise.resolve();
  const addresses = local ? ADDRESSES_REMARK : ONE_ADDRESS;
  if (jwtKeys) {
    const people = await mintPeople({ ...crowd, jwtKeys, sendAddresses: local }, Date.now(), onProgress);
    return { target, people, remarks: [MINTED_REMARK, addresses], close };
  }
  const people = await registerAll(options.url, options, onProgress);
  const remark =
    "The shoppers are real accounts, registered by the rehearsal, because JWT_KEYS was not given.";
  return { target, people, remarks: [remark, ONE_ADDRESS], close };
}

async function setOwnStage(
  { users: count, seed, vars, store, databaseAwayMs }: RehearsalOptions,
  environment: NodeJS.ProcessEnv,
  onProgress: (done: number) => void,
): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  try {
    const mysql = store === "mysql" ? await openMySqlDatabase(environment) : undefined;
    stack.defer(() => mysql?.close());
    const databaseDoor = !mysql && databaseAwayMs > 0;
    const server = await startOwnServer(vars, mysql ? { mysqlUrl: mysql.url } : { databaseDoor });
    stack.defer(() => server.stop());
    const database = mysql ?? (server.databaseDoorUrl ? d1Database(server.databaseDoorUrl) : undefined);
    const crowd = { count, seed, jwtKeys: server.secrets.JWT_KEYS, sendAddresses: true };
    const people = await mintPeople(crowd, Date.now(), onProgress);
    const remarks = [MINTED_REMARK, ADDRESSES_REMARK, ...remarksOn(database, mysql)];
    const target = { ...server.target, ...(database && { database }) };
    return { target, people, remarks, ...(database && { database }), close: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function remarksOn(database?: OrderDatabase, mysql?: OrderDatabase): string[] {
  if (mysql) return [MYSQL_REMARK];
  return database ? [DOOR_REMARK] : [];
}

async function registerAll(
  url: string,
  { users, seed }: RehearsalOptions,
  onProgress: (done: number) => void,
): Promise<Person[]> {
  if (users > REGISTERED_MAX) {
    throw new UsageError(
      `without JWT_KEYS the rehearsal registers real accounts, at most ${REGISTERED_MAX}: give JWT_KEYS or fewer --users`,
    );
  }
  const client = new LoadClient(url, 1);
  try {
    return await registerPeople(client, users, seed, onProgress);
  } finally {
    await client.close();
  }
}

async function localSecrets(): Promise<NodeJS.Dict<string>> {
  const text = await readFile(SECRETS_FILE, "utf8").catch(() => "");
  return parseEnv(text);
}
