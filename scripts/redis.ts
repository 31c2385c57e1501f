import { parseArgs } from "node:util";
import { NODES_MAX, readNodes } from "../workers/shared/redis/ring.ts";
import { CommandError, main } from "./command.ts";
import { choosePort } from "./port.ts";
import { inProject } from "./project.ts";
import { startRedis } from "./serve/redis.ts";
import { makePassword } from "./secrets.ts";

/** Not 6379, where a real Redis may be. */
const PORT_DEFAULT = 6380;
const HTTP_PORT_DEFAULT = 6381;

/** What is asked for on the command line: `--nodes 4`; as many as there are unless told. */
function askedNodes(): number | undefined {
  const { values } = parseArgs({ options: { nodes: { type: "string" } } });
  if (values.nodes === undefined) return undefined;
  const nodes = readNodes(values.nodes);
  if (nodes === null) throw new CommandError(`--nodes takes a number from 1 to ${NODES_MAX}`);
  return nodes;
}

/** How many nodes there are to be, as they say themselves. */
async function goalOf(url: string, token: string): Promise<number> {
  const response = await fetch(`${url}/ring/status`, { headers: { authorization: `Bearer ${token}` } });
  const { result } = (await response.json()) as { result: (string | number)[] };
  return Number(result[result.indexOf("goal") + 1]);
}

/** `npm run redis`: Edge Redis for real Redis clients, its data on disk, until a signal ends it. */
async function redis(): Promise<void> {
  const host = process.env["HOST"] || "127.0.0.1";
  const stateDir = process.env["STATE_DIR"] || inProject(".wrangler/redis");
  const password = process.env["REDIS_PASSWORD"] || makePassword();
  const nodes = askedNodes();
  const port = await choosePort(PORT_DEFAULT, host);
  const httpPort = await choosePort(HTTP_PORT_DEFAULT, host, "HTTP_PORT");
  const server = await startRedis({ stateDir, host, port, httpPort, password, nodes, output: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => server.kill());
  const url = `http://${host}:${server.otherPort}`;
  const goal = await goalOf(url, password);
  if (nodes !== undefined && nodes < goal) {
    server.kill();
    throw new CommandError(
      `There are ${goal} nodes in ${stateDir}, and a ring does not shrink: --nodes ${goal}`,
    );
  }
  const shown = process.env["REDIS_PASSWORD"] ? "$REDIS_PASSWORD" : password;
  console.log(
    `Redis clients connect to ${host}:${server.port} (${goal} nodes, workerd ${server.pid}, data in ${stateDir})`,
  );
  console.log(`redis-cli -h ${host} -p ${server.port} -a ${shown}`);
  console.log(`curl ${url}/ping -H "Authorization: Bearer ${shown}"`);
  const { code, signal } = await server.exited;
  if (code !== 0) throw new CommandError(`workerd ended with ${signal ?? `code ${code}`}`);
}

await main(redis);
