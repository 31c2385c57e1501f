import { CommandError, main } from "./command.ts";
import { choosePort } from "./port.ts";
import { inProject } from "./project.ts";
import { startRedis } from "./serve/redis.ts";
import { makePassword } from "./secrets.ts";

/** Not 6379, where a real Redis may be. */
const PORT_DEFAULT = 6380;
const HTTP_PORT_DEFAULT = 6381;

/** `npm run redis`: Edge Redis for real Redis clients, its data on disk, until a signal ends it. */
async function redis(): Promise<void> {
  const host = process.env["HOST"] || "127.0.0.1";
  const stateDir = process.env["STATE_DIR"] || inProject(".wrangler/redis");
  const password = process.env["REDIS_PASSWORD"] || makePassword();
  const port = await choosePort(PORT_DEFAULT, host);
  const httpPort = await choosePort(HTTP_PORT_DEFAULT, host, "HTTP_PORT");
  const server = await startRedis({ stateDir, host, port, httpPort, password, output: "inherit" });
  const shown = process.env["REDIS_PASSWORD"] ? "$REDIS_PASSWORD" : password;
  console.log(`Redis clients connect to ${host}:${server.port} (workerd ${server.pid}, data in ${stateDir})`);
  console.log(`redis-cli -h ${host} -p ${server.port} -a ${shown}`);
  console.log(`curl http://${host}:${server.otherPort}/ping -H "Authorization: Bearer ${shown}"`);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => server.kill());
  const { code, signal } = await server.exited;
  if (code !== 0) throw new CommandError(`workerd ended with ${signal ?? `code ${code}`}`);
}

await main(redis);
