import { CommandError, main, run } from "./command.ts";
import { restoreOrders } from "./backup/mysql-orders.ts";

/**
 * `npm run restore -- FILE`: makes the orders what a backup says. In the MySQL that MYSQL_URL names, else in the deployed
 * D1, or with --local in that of `npm start`. Then reconcile: the ledgers know what has happened since.
 */
async function restore(): Promise<void> {
  const [file, ...flags] = process.argv.slice(2);
  const place = flags[0] ?? "--remote";
  if (!file || file.startsWith("-") || flags.length > 1 || !["--remote", "--local"].includes(place)) {
    throw new CommandError("usage: npm run restore -- FILE [--local]");
  }
  const url = process.env["MYSQL_URL"];
  if (url) console.log(`${await restoreOrders(url, file)} orders are back`);
  else {
    await run("wrangler", ["d1", "execute", "DB", place, "--command", "DELETE FROM orders", "-y"]);
    await run("wrangler", ["d1", "execute", "DB", place, "--file", file, "-y"]);
  }
  console.log('Now reconcile: POST /api/admin/reconciliations {"mode": "repair"}, see docs/repair.md.');
}

await main(restore);
