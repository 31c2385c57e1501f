import { CommandError, main, run } from "./command.ts";
import { backUpOrders } from "./backup/mysql-orders.ts";

/**
 * `npm run backup -- FILE`: the orders into a file that does not exist yet. From the MySQL that MYSQL_URL names, else from
 * the deployed D1, or with --local from that of `npm start`.
 */
async function backUp(): Promise<void> {
  const [file, ...flags] = process.argv.slice(2);
  const place = flags[0] ?? "--remote";
  if (!file || file.startsWith("-") || flags.length > 1 || !["--remote", "--local"].includes(place)) {
    throw new CommandError("usage: npm run backup -- FILE [--local]");
  }
  const url = process.env["MYSQL_URL"];
  if (url) {
    console.log(`${file}: ${await backUpOrders(url, file)} orders`);
    return;
  }
  await run("wrangler", [
    "d1",
    "export",
    "DB",
    place,
    "--table",
    "orders",
    "--no-schema",
    "--output",
    file,
    "-y",
  ]);
}

await main(backUp);
