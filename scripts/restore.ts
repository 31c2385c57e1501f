import { access, constants } from "node:fs/promises";
import { restoreD1, travelD1 } from "./backup/d1-orders.ts";
import { restoreOrders } from "./backup/mysql-orders.ts";
import { readBackupOptions, RESTORE_USAGE } from "./backup/options.ts";
import { CommandError, main } from "./command.ts";

/**
 * `npm run restore -- FILE`: makes the orders what a backup says. In the MySQL that MYSQL_URL names, else in the deployed
 * D1 of production or `--env`, or with --local in that of `npm start`. With `--at TIME` instead: puts a deployed D1 back to
 * that moment, all its tables. Then reconcile: the ledgers know what has happened since.
 */
async function restore(): Promise<void> {
  const args = process.argv.slice(2);
  const { file, at, database } = readBackupOptions(args, RESTORE_USAGE, process.env, Date.now());
  const url = process.env["MYSQL_URL"];
  if (file !== null) await assertReadable(file);
  if (at) await travelD1(database, at);
  else if (url) console.log(`${await restoreOrders(url, file ?? "")} orders are back`);
  else await restoreD1(database, file ?? "");
  console.log('Now reconcile: POST /api/admin/reconciliations {"mode": "repair"}, see docs/repair.md.');
}

async function assertReadable(file: string): Promise<void> {
  await access(file, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`The backup cannot be read, and nothing was changed: ${error.message}`);
  });
}

await main(restore);
