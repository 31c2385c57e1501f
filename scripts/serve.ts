import { relative } from "node:path";
import { build } from "./build.ts";
import { CommandError, main } from "./command.ts";
import { assertSound } from "./configuration.ts";
import { migrateMySql } from "./migrate-mysql.ts";
import { readMySqlUrl } from "./mysql.ts";
import { choosePort } from "./port.ts";
import { inProject } from "./project.ts";
import { ensureSecrets, SECRETS_FILE } from "./secrets.ts";
import { environmentOf, readWranglerFile } from "./serve/config.ts";
import { startServer } from "./serve/server.ts";

const PORT_DEFAULT = 8788;
/** Secrets that the Worker does without, taken from the environment where that has them. */
const OPTIONAL_SECRETS = ["EDGE_REDIS_REST_TOKEN", "EDGE_REDIS_REST_READONLY_TOKEN"];

/** `npm run serve`: Spike on workerd without wrangler, its state on disk, until a signal ends it. */
async function serve(): Promise<void> {
  const host = process.env["HOST"] || "127.0.0.1";
  const stateDir = process.env["STATE_DIR"] || inProject(".wrangler/serve");
  /** Where orders are recorded; in D1 without it. */
  const mysqlUrl = process.env["MYSQL_URL"];
  if (mysqlUrl) readMySqlUrl(mysqlUrl);
  const port = await choosePort(PORT_DEFAULT, host);
  const { secrets, made } = await ensureSecrets();
  if (made.length > 0) console.log(`Made ${made.join(", ")} in ${relative(process.cwd(), SECRETS_FILE)}`);
  assertSound(environmentOf(await readWranglerFile(), undefined), { ...secrets });
  await build();
  if (mysqlUrl) await migrateMySql(mysqlUrl);
  const vars = optionalSecrets(process.env);
  const server = await startServer({ secrets, stateDir, host, port, vars, ...(mysqlUrl && { mysqlUrl }) });
  for (const name of server.migrated) console.log(`Applied migration ${name}`);
  console.log(`Spike answers at ${server.url} (workerd ${server.pid}, state in ${stateDir})`);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => server.kill());
  const { code, signal } = await server.exited;
  if (code !== 0) throw new CommandError(`workerd ended with ${signal ?? `code ${code}`}`);
}

function optionalSecrets(environment: NodeJS.ProcessEnv): Record<string, string> {
  const known = OPTIONAL_SECRETS.flatMap((name) => {
    const value = environment[name];
    return value ? [[name, value]] : [];
  });
  return Object.fromEntries(known) as Record<string, string>;
}

await main(serve);
