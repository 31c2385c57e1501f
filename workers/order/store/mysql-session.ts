import { messageOf } from "../../shared/log.ts";
import { StoreUnavailable } from "./order-store.ts";

/** What Hyperdrive tells of its database, and what any other server needs to be told. */
export interface MySqlServer {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

/** Longest wait for a connection, in milliseconds: a server that is away is found out before a shopper is gone. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Longest wait for one statement, in milliseconds; the server's own longest wait for a lock is usually 50 s. */
const STATEMENT_TIMEOUT_MS = 20_000;
/** How often work is done again after a deadlock, a lock that was not to be had, or a lost connection. */
export const MYSQL_RETRIES_MAX = 4;
/** Pause before the first repetition, in milliseconds; each further one waits twice as long. */
const RETRY_FIRST_MS = 20;

/** ER_LOCK_WAIT_TIMEOUT and ER_LOCK_DEADLOCK: somebody else was first, the same again will do. */
const LOCKED = new Set([1205, 1213]);
/** ER_SERVER_SHUTDOWN, ER_CONNECTION_KILLED and ER_SESSION_WAS_KILLED: the connection is about to close. */
const CLOSING = new Set([1053, 1927, 3169]);
/**
 * What says nothing about the rows: too many connections (1040, 1203), out of disk (1021, 1114), read-only (1290,
 * 1792, 1836), no right to the server, database or table (1044, 1045, 1142), or these are not there (1049, 1146).
 */
const UNAVAILABLE = new Set([1021, 1040, 1044, 1045, 1049, 1114, 1142, 1146, 1203, 1290, 1792, 1836]);

/** A parameter of a statement. */
export type Parameter = string | number;

/** Runs one statement as a prepared one: values never become SQL, in whatever mode the server is. */
export type Execute = (sql: string, parameters: readonly Parameter[]) => Promise<unknown>;

/** How work speaks to the server. */
export interface Statements {
  execute: Execute;
  /** Runs a statement that is all there: for many values, which cost several times as much as parameters. */
  query: (sql: string) => Promise<unknown>;
}

/** What is used of the driver's connection, whose own types need those of Node. */
interface Connection {
  execute(options: { sql: string; timeout: number }, parameters: Parameter[]): Promise<[unknown, unknown]>;
  query(options: { sql: string; timeout: number }): Promise<[unknown, unknown]>;
  beginTransaction(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  end(): Promise<void>;
  destroy(): void;
  on(event: "error", listener: () => void): unknown;
}

/**
 * One connection to MySQL, made when it is first needed and closed with `close`. Work on it runs one after the
 * other.
 */
export class MySqlSession {
  readonly #server: MySqlServer;
  #connection: Connection | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(server: MySqlServer) {
    this.#server = server;
  }

  /**
   * Does `work`, which must be safe to repeat: it is done again after a deadlock, a lock wait that took too
   * long, or a connection that was lost in the middle.
   * @throws the driver's error when that does not help, or the server cannot be reached.
   */
  run<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    const done = this.#last.then(() => this.#runNow(work));
    this.#last = done.catch(() => {});
    return done;
  }

  /** The same in one transaction: all of it happens, or nothing. */
  transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.run(async (statements) => {
      await this.#connection?.beginTransaction();
      try {
        const result = await work(statements);
        await this.#connection?.commit();
        return result;
      } catch (error) {
        // A connection that is gone has rolled back by itself.
        await this.#connection?.rollback().catch(() => {});
        throw error;
      }
    });
  }

  /** Waits for what is under way, then closes the connection. The next work would make a new one. */
  async close(): Promise<void> {
    await this.#last;
    const connection = this.#connection;
    this.#connection = null;
    await connection?.end().catch(() => connection.destroy());
  }

  async #runNow<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    for (let retries = 0; ; retries++) {
      const connection = (this.#connection ??= await connect(this.#server));
      try {
        return await work(statementsOn(connection));
      } catch (error) {
        const lost = isLost(error);
        if (lost) this.#abandon(connection);
        if (retries === MYSQL_RETRIES_MAX || !(lost || LOCKED.has(numberOf(error)))) throw error;
      }
      await pause(RETRY_FIRST_MS * 2 ** retries * (0.5 + Math.random() / 2));
    }
  }

  #abandon(connection: Connection): void {
    connection.destroy();
    this.#connection = null;
  }
}

/** The number MySQL gives to what went wrong; NaN when it was not MySQL that complained. */
export function numberOf(error: unknown): number {
  return error instanceof Error && "errno" in error ? Number(error.errno) : Number.NaN;
}

/** Loaded with the first connection: a deployment that records in D1 never evaluates the driver. */
async function connect({ host, port, user, password, database }: MySqlServer): Promise<Connection> {
  const { createConnection } = await import("mysql2/promise");
  const connection = (await createConnection({
    ...{ host, port, user, password, database },
    charset: "utf8mb4",
    connectTimeout: CONNECT_TIMEOUT_MS,
    // The platform lets no code be made at run time.
    disableEval: true,
  }).catch((error: unknown) => {
    throw new StoreUnavailable(`MySQL cannot be reached: ${messageOf(error) || nameOf(error)}`, {
      cause: error,
    });
  })) as unknown as Connection;
  // Without a listener a connection that breaks while nothing runs on it would bring down the isolate. The next
  // statement finds out.
  connection.on("error", () => {});
  return connection;
}

function statementsOn(connection: Connection): Statements {
  const timeout = STATEMENT_TIMEOUT_MS;
  return {
    execute: async (sql, parameters) => (await connection.execute({ sql, timeout }, [...parameters]))[0],
    query: async (sql) => (await connection.query({ sql, timeout }))[0],
  };
}

/** Whether the connection is of no more use. The driver calls such an error fatal. */
function isLost(error: unknown): boolean {
  if (CLOSING.has(numberOf(error))) return true;
  return error instanceof Error && "fatal" in error && error.fatal === true;
}

/** Whether MySQL takes no rows at all for now: what else it says is about these. */
export function isUnavailable(error: unknown): boolean {
  const number = numberOf(error);
  return isLost(error) || LOCKED.has(number) || UNAVAILABLE.has(number) || error instanceof StoreUnavailable;
}

/** A refused connection is several refusals in one, without words of its own. */
function nameOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "no reason given";
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
