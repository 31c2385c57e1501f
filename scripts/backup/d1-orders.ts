import { createReadStream, createWriteStream } from "node:fs";
import { appendFile, chmod, mkdtemp, open, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { CommandError, run } from "../command.ts";
import { PRIVATE_FILE_MODE } from "../secrets.ts";
import { fillNewFile } from "./new-file.ts";

/*
 * A backup of the orders in D1: the INSERTs that `wrangler d1 export` writes, and a last line that says how long they
 * are, so that half a file is never taken for a whole one.
 */

const footOf = (bytes: number): string => `-- All of a backup of orders: ${bytes} bytes before this line.\n`;
/** More than the last line can have. */
const FOOT_MAX_BYTES = 100;

/** Writes all orders into a file that does not exist yet. `database` says which D1, as arguments for wrangler. */
export async function backUpD1(database: readonly string[], file: string): Promise<void> {
  await fillNewFile(file, async () => {
    const what = ["--table", "orders", "--no-schema", "--output", file, "-y"];
    await run("wrangler", ["d1", "export", "DB", ...database, ...what]);
    await chmod(file, PRIVATE_FILE_MODE);
    await appendFile(file, footOf((await stat(file)).size));
  });
}

/**
 * Makes the table what a backup says, all of it or nothing, in one step: D1 serves nobody while it takes a file, and
 * goes back to where it was when the file fails.
 * @throws CommandError before anything is changed, when the file is no whole backup.
 */
export async function restoreD1(database: readonly string[], file: string): Promise<void> {
  const bytes = await lengthOfInserts(file);
  const folder = await mkdtemp(join(tmpdir(), "spike-restore-"));
  try {
    const step = join(folder, "restore.sql");
    await writeFile(step, "DELETE FROM orders;\n", { mode: PRIVATE_FILE_MODE });
    // Piece by piece: millions of orders are more than fits one string.
    if (bytes > 0)
      await pipeline(createReadStream(file, { end: bytes - 1 }), createWriteStream(step, { flags: "a" }));
    await run("wrangler", ["d1", "execute", "DB", ...database, "--file", step, "-y"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How many bytes of a backup come before its last line. @throws CommandError when it is not whole. */
async function lengthOfInserts(file: string): Promise<number> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, FOOT_MAX_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const tail = buffer.toString();
    const foot = tail.slice(tail.lastIndexOf("-- "));
    const inserts = size - Buffer.byteLength(foot);
    if (foot !== footOf(inserts)) throw new CommandError(`${file} is not all of a backup of orders`);
    return inserts;
  } finally {
    await handle.close();
  }
}

/** Puts a deployed D1 back to a moment, all its tables, after asking; wrangler says how to undo it. */
export async function travelD1(database: readonly string[], at: Date): Promise<void> {
  const place = database.filter((argument) => argument !== "--remote");
  const moment = `--timestamp=${at.toISOString()}`;
  await run("wrangler", ["d1", "time-travel", "restore", "DB", ...place, moment], {}, "inherit");
}
