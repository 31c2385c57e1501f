import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleWorker } from "../../scripts/serve/bundle.ts";
import { capnpFile } from "../../scripts/serve/capnp.ts";
import { environmentOf, readWranglerFile, toWorkerdConfig } from "../../scripts/serve/config.ts";
import { applyMigrations } from "../../scripts/serve/migrate.ts";
import { cpuSeconds } from "../../scripts/serve/process-stats.ts";
import { stateFoldersIn, workerdServices } from "../../scripts/serve/workerd-services.ts";
import { startWorkerd } from "../../scripts/serve/workerd.ts";
import { makeTemporaryFolder } from "../../scripts/temporary-folder.ts";
import { exitWhenInterrupted } from "../interrupts.ts";
import { makeTemporaryDatabase, type TemporaryDatabase } from "../load/temporary-database.ts";

/** workerd with the bench's Worker, on D1 and, where there is one, a database of its own on MySQL. */
export interface OrderServer {
  hasMySql: boolean;
  /** Sends a request and waits for its number. @throws Error when it answers anything but that. */
  ask(path: string): Promise<number>;
  /** Processor seconds that workerd has used; MySQL's own are not among them. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

const BINDING = "HYPERDRIVE";

export async function startOrderServer(): Promise<OrderServer> {
  const stack = new AsyncDisposableStack();
  stack.defer(exitWhenInterrupted());
  try {
    const temporary = await makeTemporaryFolder("bench-orders");
    stack.defer(() => temporary.remove());
    const folder = temporary.path;
    const mysql = await makeDatabase();
    if (mysql) stack.defer(() => mysql.drop());
    // The consumer's log lines are part of its work.
    const log = await open(join(folder, "serve.log"), "a");
    stack.defer(() => log.close());
    const configFile = await writeConfig(folder, mysql?.url);
    const workerd = await startWorkerd({ configFile, host: "127.0.0.1", port: 0, output: log.fd });
    stack.defer(async () => {
      workerd.kill("SIGKILL");
      await workerd.exited;
    });
    return {
      hasMySql: mysql !== null,
      async ask(path) {
        const response = await fetch(`http://127.0.0.1:${workerd.port}${path}`);
        if (!response.ok)
          throw new Error(`${path} was answered ${response.status}: ${await response.text()}`);
        return (await response.json()) as number;
      },
      cpuSeconds: () => cpuSeconds(workerd.pid) ?? Number.NaN,
      stop: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function writeConfig(folder: string, mysqlUrl: URL | undefined): Promise<string> {
  const top = environmentOf(await readWranglerFile(), undefined);
  const { triggers: _cron, assets: _assets, queues: _queues, ...wrangler } = top;
  const config = {
    ...toWorkerdConfig({ ...wrangler, main: "bench/orders/worker.ts" }, {}),
    durable_objects: { bindings: [{ name: "SPIKE_STOCK", class_name: "BenchStock" }] },
    migrations: [{ new_sqlite_classes: ["BenchStock"] }],
  };
  await applyMigrations(folder, config);
  const modules = await bundleWorker(config.main, join(folder, "worker.js"));
  for (const state of stateFoldersIn(folder)) await mkdir(state, { recursive: true });
  const extras = { hyperdrives: mysqlUrl ? { [BINDING]: mysqlUrl } : {} };
  const configFile = join(folder, "workerd.capnp");
  await writeFile(configFile, capnpFile(workerdServices(config, folder, modules, extras)));
  return configFile;
}

/** A new database on the MySQL at MYSQL_URL; null, loudly, when nobody answers there. */
async function makeDatabase(): Promise<TemporaryDatabase | null> {
  try {
    return await makeTemporaryDatabase("orders_bench", process.env);
  } catch (error) {
    console.error(`NOT MEASURED: ${String(error)}`);
    return null;
  }
}
