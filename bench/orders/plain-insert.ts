import { getTableColumns } from "drizzle-orm";
import { createConnection } from "mysql2/promise";
import { orders } from "../../workers/database/schema.ts";
import type { OrderSnapshot } from "../../workers/shared/order.ts";
import type { StoreName } from "./store-name.ts";

/** The least that recording rows can cost: they are inserted and nothing else, each statement as large as it may be. */
export interface PlainInsert {
  /** Makes everything ready that can be before the clock runs; what is returned inserts the rows. */
  prepare(rows: readonly OrderSnapshot[]): () => Promise<void>;
  /** Empties the table. */
  clear(): Promise<void>;
}

type Value = string | number;

/** What is used of the driver's connection, whose own types need those of Node. */
interface Connection {
  query(text: string, values?: Value[][][]): Promise<unknown>;
  end(): Promise<void>;
}

/** Rows in one statement, as many as the consumer's have: D1 takes one parameter of a million bytes. */
const ROWS_MAX = 1_000;

const COLUMNS = Object.entries(getTableColumns(orders)).map(([key, { name }]) => ({
  name,
  key: key === "id" ? ("orderId" as const) : (key as keyof OrderSnapshot),
}));
const NAMES = COLUMNS.map(({ name }) => name).join(", ");
const valuesOf = (row: OrderSnapshot): Value[] => COLUMNS.map(({ key }) => row[key]);

export function plainInsert(env: Env, store: StoreName): PlainInsert {
  return store === "d1" ? intoD1(env.DB) : intoMySql(env.HYPERDRIVE as Hyperdrive);
}

function intoD1(database: D1Database): PlainInsert {
  const insert = database.prepare(
    `INSERT INTO orders (${NAMES}) SELECT ${COLUMNS.map((_, n) => `value ->> ${n}`).join(", ")} FROM json_each(?1)`,
  );
  return {
    prepare(rows) {
      const statements = pieces(rows, ROWS_MAX).map((piece) => piece.map(valuesOf));
      return async () => {
        for (const values of statements) await insert.bind(JSON.stringify(values)).run();
      };
    },
    async clear() {
      await database.exec("DELETE FROM orders");
    },
  };
}

/** As the platform demands, a connection lasts for one batch. */
function intoMySql({ host, port, user, password, database }: Hyperdrive): PlainInsert {
  const options = { host, port, user, password, database, charset: "utf8mb4", disableEval: true };
  const run = async (statements: readonly [string, Value[][][]?][]) => {
    const connection = (await createConnection(options)) as unknown as Connection;
    for (const [text, values] of statements) await connection.query(text, values);
    await connection.end();
  };
  return {
    prepare(rows) {
      const insert = `INSERT INTO orders (${NAMES}) VALUES ?`;
      const statements = pieces(rows, ROWS_MAX).map((piece): [string, Value[][][]] => [
        insert,
        [piece.map(valuesOf)],
      ]);
      return () => run(statements);
    },
    clear: () => run([["TRUNCATE TABLE orders"]]),
  };
}

function pieces<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, n) =>
    values.slice(n * size, (n + 1) * size),
  );
}
