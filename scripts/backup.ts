import { backUpD1 } from "./backup/d1-orders.ts";
import { backUpOrders } from "./backup/mysql-orders.ts";
import { BACKUP_USAGE, readBackupOptions } from "./backup/options.ts";
import { main } from "./command.ts";

/**
 * `npm run backup -- FILE`: the orders into a file that does not exist yet. From the MySQL that MYSQL_URL names, else from
 * the deployed D1 of production or `--env`, or with --local from that of `npm start`.
 */
async function backUp(): Promise<void> {
  const options = readBackupOptions(process.argv.slice(2), BACKUP_USAGE, process.env, Date.now());
  const file = options.file ?? "";
  const url = process.env["MYSQL_URL"];
  if (url) console.log(`${file}: ${await backUpOrders(url, file)} orders`);
  else await backUpD1(options.database, file);
}

await main(backUp);
