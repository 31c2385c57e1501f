import { once } from "node:events";
import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import type mysql from "mysql2/promise";
import { z } from "zod";
import { CommandError } from "../command.ts";
import { connectToMySql, readMySqlUrl } from "../mysql.ts";
import { fillNewFile } from "./new-file.ts";

/*
 * A backup of the orders in MySQL: one JSON value a line. The first line names the columns, each of the next is a
 * row, and the last says how many there were, so that half a file is never taken for a whole one.
 */

/** Rows that are read, and written by one statement, at a time. */
const PAGE_ROWS = 1_000;
const HEAD = z.object({
  format: z.literal(1),
  table: z.literal("orders"),
  columns: z.array(z.string().regex(/^[a-z_]{1,64}$/)),
});
const ROW = z.array(z.union([z.string(), z.number(), z.null()]));
const FOOT = z.object({ rows: z.int().min(0) });

/** Writes all orders of one moment into a file that does not exist yet, while others go on writing, and says how many. */
export async function backUpOrders(url: string, file: string): Promise<number> {
  return await fillNewFile(file, async () => {
    const connection = await connectToMySql(readMySqlUrl(url));
    try {
      return await writeOrders(connection, createWriteStream(file));
    } finally {
      await connection.end();
    }
  });
}

async function writeOrders(connection: mysql.Connection, out: WriteStream): Promise<number> {
  const write = async (value: unknown) => {
    if (!out.write(`${JSON.stringify(value)}\n`)) await once(out, "drain");
  };
  try {
    await connection.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    await connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    const [fields] = await connection.query<mysql.RowDataPacket[]>("SHOW COLUMNS FROM orders");
    const columns = fields.map((field) => String(field["Field"]));
    await write({ format: 1, table: "orders", columns } satisfies z.infer<typeof HEAD>);
    let rows = 0;
    for (let after = ""; ;) {
      const [page] = await connection.query<mysql.RowDataPacket[]>(
        "SELECT * FROM orders WHERE id > ? ORDER BY id LIMIT ?",
        [after, PAGE_ROWS],
      );
      for (const row of page) await write(columns.map((column) => row[column] as unknown));
      rows += page.length;
      if (page.length < PAGE_ROWS) break;
      after = String(page.at(-1)?.["id"]);
    }
    await write({ rows } satisfies z.infer<typeof FOOT>);
    return rows;
  } finally {
    out.end();
    await finished(out);
  }
}

/**
 * Makes the table what a backup says, all of it or nothing: rows that are not in the backup go. Returns how many there are.
 * Reconcile the sales afterwards: the ledgers know what has happened since.
 * @throws CommandError before anything is changed, when the file is no whole backup.
 */
export async function restoreOrders(url: string, file: string): Promise<number> {
  const { columns, rows } = await inspect(file);
  const connection = await connectToMySql(readMySqlUrl(url));
  try {
    await connection.beginTransaction();
    await connection.query("DELETE FROM orders");
    let page: unknown[][] = [];
    const flush = async () => {
      if (page.length === 0) return;
      const names = columns.map((column) => `\`${column}\``).join(", ");
      await connection.query(`INSERT INTO orders (${names}) VALUES ?`, [page]);
      page = [];
    };
    for await (const value of linesOf(file)) {
      const row = ROW.safeParse(value);
      if (!row.success) continue;
      page.push(row.data);
      if (page.length === PAGE_ROWS) await flush();
    }
    await flush();
    await connection.commit();
    return rows;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    await connection.end();
  }
}

/** Reads a backup from its first line to its last. @throws CommandError when it is none, or not all of one. */
async function inspect(file: string): Promise<{ columns: string[]; rows: number }> {
  let head: z.infer<typeof HEAD> | undefined;
  let foot: z.infer<typeof FOOT> | undefined;
  let rows = 0;
  for await (const value of linesOf(file)) {
    head ??= HEAD.safeParse(value).data;
    if (!head) throw new CommandError(`${file} is no backup of orders`);
    const row = ROW.safeParse(value).data;
    if (row?.length === head.columns.length) rows++;
    else foot = FOOT.safeParse(value).data;
  }
  if (!head || foot?.rows !== rows) {
    throw new CommandError(
      `${file} is not all of a backup: ${rows} rows of ${foot?.rows ?? "an unknown number"}`,
    );
  }
  return { columns: head.columns, rows };
}

async function* linesOf(file: string): AsyncGenerator {
  for await (const line of createInterface({ input: createReadStream(file, "utf8") })) {
    try {
      yield JSON.parse(line);
    } catch {
      throw new CommandError(`${file} is not all of a backup: a line is cut off`);
    }
  }
}
