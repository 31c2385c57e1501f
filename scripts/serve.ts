import { relative } from "node:path";
import { OPTIONAL_SECRETS, VARIABLES } from "../workers/operations/configuration.ts";
import { build } from "./build.ts";
import { CommandError, main } from "./command.ts";
import { migrateMySql } from "./migrate-mysql.ts";
import { readMySqlUrl } from "./mysql.ts";
import { choosePort } from "./port.ts";
import { inProject } from "./project.ts";
import { ensureSecrets, knownValues, SECRETS_FILE } from "./secrets.ts";
import { soundConfiguration, startServer } from "./serve/server.ts";

const PORT_DEFAULT = 8788;

/** `npm run serve`: Spike on workerd without wrangler, its state on disk, until a signal ends it. */
async function serve(): Promise<void> {
  const host = process.env["HOST"] || "127.0.0.1";
  const stateDir = process.env["STATE_DIR"] || inProject(".wrangler/serve");
  /** Where orders are recorded; in D1 without it. */
  const mysqlUrl = process.env["MYSQL_URL"];
  if (mysqlUrl) readMySqlUrl(mysqlUrl);
  const port = await choosePort(PORT_DEFAULT, host);
  const { secrets, made } = await ensureSecrets();
  const secretsFile = relative(process.cwd(), SECRETS_FILE);
  if (made.length > 0) console.log(`Made ${made.join(", ")} in ${secretsFile}`);
  const vars = await knownValues([...VARIABLES, ...OPTIONAL_SECRETS], SECRETS_FILE, process.env);
  const options = { secrets, vars, ...(mysqlUrl && { mysqlUrl }) };
  await soundConfiguration(options, (secret) => `in the environment or in ${secretsFile}, as ${secret}="…"`);
  await build();
  if (mysqlUrl) await migrateMySql(mysqlUrl);
  const server = await startServer({ ...options, stateDir, host, port });
  for (const name of server.migrated) console.log(`Applied migration ${name}`);
  console.log(`Spike answers at ${server.url} (workerd ${server.pid}, state in ${stateDir})`);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => server.kill());
  const { code, signal } = await server.exited;
  if (code !== 0) throw new CommandError(`workerd ended with ${signal ?? `code ${code}`}`);
}

await main(serve);
