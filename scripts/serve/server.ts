import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isLoopback } from "../../workers/shared/webhook-destination.ts";
import type { WhereToSet } from "../../workers/operations/configuration.ts";
import { CommandError } from "../command.ts";
import { untilHealthy } from "../health.ts";
import { MYSQL_URL_EXAMPLE } from "../mysql.ts";
import { PRIVATE_FILE_MODE, type Secrets } from "../secrets.ts";
import { assertSound } from "../configuration.ts";
import { bundleWorker } from "./bundle.ts";
import { capnpFile } from "./capnp.ts";
import { environmentOf, readWranglerFile, toWorkerdConfig, type WranglerFile } from "./config.ts";
import { applyMigrations } from "./migrate.ts";
import { cpuSeconds, residentBytes } from "./process-stats.ts";
import { inProject } from "../project.ts";
import { DOOR_SOCKET, type Extras, stateFoldersIn, workerdServices } from "./workerd-services.ts";
import { type Exit, startWorkerd } from "./workerd.ts";

/** A running Spike on workerd, one process. */
export interface Server {
  /** Where it answers, without a slash at the end. */
  url: string;
  port: number;
  /** The pid of workerd itself: SIGKILL to it is a crash. */
  pid: number;
  /** Names of the migrations this start applied. */
  migrated: string[];
  /** Settles when the process is gone, however it went. */
  exited: Promise<Exit>;
  /** Resident memory in bytes; 0 once gone, null where the system does not say. */
  rssBytes: () => number | null;
  /** Processor seconds used so far; null once gone or where the system does not say. */
  cpuSeconds: () => number | null;
  /** Sends a signal, SIGTERM unless told; wait for `exited`. */
  kill: (signal?: NodeJS.Signals) => void;
  /** Where the door before D1 takes orders, when there is one. */
  databaseDoorUrl?: string;
}

export interface ServerOptions {
  /** Holds the configuration and all state. The same folder again is a restart that keeps everything. */
  stateDir: string;
  secrets: Secrets;
  /** 0, the default, takes a free one. */
  port?: number;
  /** The address to listen on, loopback unless told. */
  host?: string;
  /** Where the server's log lines go: this terminal (default), nowhere, or an open file descriptor. */
  output?: "inherit" | "ignore" | number;
  /** Entries that override `vars` of the wrangler file. */
  vars?: Record<string, string>;
  /** The entry of a Worker with the same bindings, from the project's folder; that of the wrangler file unless told. */
  main?: string;
  /** Address of the MySQL that records the orders, with its database, migrated; in D1 without. */
  mysqlUrl?: string;
  /** Puts a door before D1 that can be shut, for rehearsals: `database-door.ts`. */
  databaseDoor?: boolean;
  /** V8 writes each garbage collection into the log: `bench/load/collections.ts` reads it. */
  tracesCollections?: boolean;
}

const PRIVATE_FOLDER_MODE = 0o700;
/** The Worker's binding for its MySQL. */
const MYSQL_BINDING = "HYPERDRIVE";
/** The bundle of the database's door, beside the configuration. */
const DOOR_FILE = "door.js";

/** Whether it is told to call something here, which workerd lets nobody do by itself. */
function callsThisMachine({ vars = {} }: WranglerFile): boolean {
  const verifyUrl = URL.parse(vars["TURNSTILE_VERIFY_URL"] ?? "");
  return vars["WEBHOOK_ALLOW_LOOPBACK"] === "on" || (verifyUrl !== null && isLoopback(verifyUrl.hostname));
}

/**
 * Starts Spike on `workerd serve`: writes its configuration into `stateDir`, applies the migrations that are
 * missing and resolves once `/health` answers 200.
 * Rejects before anything runs when the configuration cannot work.
 *
 *     const server = await startServer({ stateDir: ".wrangler/serve", secrets, port: 8788 });
 *     server.kill("SIGKILL");
 *     await server.exited;
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { port = 0, host = "127.0.0.1", output = "inherit", mysqlUrl } = options;
  const { databaseDoor = false, tracesCollections = false } = options;
  const hyperdrive = mysqlUrl ? { [MYSQL_BINDING]: new URL(mysqlUrl) } : {};
  const { wrangler, given } = await soundConfiguration(options);
  const stateDir = resolve(options.stateDir);
  await makeStateFolder(stateDir);
  const config = toWorkerdConfig({ ...wrangler, ...(options.main && { main: options.main }) }, given);
  const migrated = await applyMigrations(stateDir, config);
  const extras = {
    hyperdrives: hyperdrive,
    reachesLoopback: callsThisMachine(config),
    ...(databaseDoor && { databaseDoor: DOOR_FILE }),
    ...(tracesCollections && { v8Flags: ["--trace-gc"] }),
  };
  const configFile = await writeConfig(stateDir, config, extras);
  const alsoListen = databaseDoor ? { alsoListen: DOOR_SOCKET } : {};
  const workerd = await startWorkerd({ configFile, host, port, output, ...alsoListen });
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${workerd.port}`;
  await untilHealthy(url, workerd.exited).catch((error: unknown) => {
    workerd.kill("SIGKILL");
    throw error;
  });
  return {
    url,
    port: workerd.port,
    pid: workerd.pid,
    migrated,
    exited: workerd.exited,
    rssBytes: () => residentBytes(workerd.pid),
    cpuSeconds: () => cpuSeconds(workerd.pid),
    kill: workerd.kill,
    ...(databaseDoor && { databaseDoorUrl: `http://127.0.0.1:${workerd.otherPort}` }),
  };
}

/** What a server is given that is started with these options. */
export interface GivenConfiguration {
  wrangler: WranglerFile;
  /** Variables and secrets, which override those of the file. */
  given: Record<string, string>;
}

/**
 * What a server would be given.
 * @param whereToSet where its secrets come from, as for `assertSound`.
 * @throws CommandError that says what to do when it could not work.
 */
export async function soundConfiguration(
  { secrets, vars, mysqlUrl }: Pick<ServerOptions, "secrets" | "vars" | "mysqlUrl">,
  whereToSet?: WhereToSet,
): Promise<GivenConfiguration> {
  const given = { ...(mysqlUrl && { ORDER_STORE: "mysql" }), ...vars, ...secrets };
  const wrangler = environmentOf(await readWranglerFile(), undefined);
  const store = given.ORDER_STORE ?? wrangler.vars?.["ORDER_STORE"];
  // A Hyperdrive of the file is the platform's: here MYSQL_URL stands in its place.
  if (store === "mysql" && !mysqlUrl) {
    throw new CommandError(`ORDER_STORE is "mysql" and MYSQL_URL is missing. ${MYSQL_URL_EXAMPLE}`);
  }
  assertSound({ ...wrangler, hyperdrive: mysqlUrl ? [{ binding: MYSQL_BINDING }] : [] }, given, whereToSet);
  return { wrangler, given };
}

async function makeStateFolder(stateDir: string): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: PRIVATE_FOLDER_MODE }).catch((error: Error) => {
    throw new CommandError(
      `The state cannot be kept in ${stateDir} (${error.message}): set STATE_DIR to a folder that may be written.`,
    );
  });
}

/** In the short form where that says it all: workerd then bundles the Worker by itself. */
async function writeConfig(
  stateDir: string,
  config: WranglerFile,
  extras: Extras & Required<Pick<Extras, "hyperdrives">>,
): Promise<string> {
  const { hyperdrives, reachesLoopback = false, databaseDoor, v8Flags } = extras;
  const needsLongForm =
    Object.keys(hyperdrives).length > 0 ||
    reachesLoopback ||
    databaseDoor !== undefined ||
    v8Flags !== undefined;
  const file = join(stateDir, needsLongForm ? "workerd.capnp" : "wrangler.json");
  if (!needsLongForm) {
    await writeFile(file, JSON.stringify(config, null, 2), { mode: PRIVATE_FILE_MODE });
    return file;
  }
  const modules = await bundleWorker(config.main, join(stateDir, "worker.js"));
  if (databaseDoor)
    await bundleWorker(inProject("scripts/serve/database-door.ts"), join(stateDir, databaseDoor));
  for (const folder of stateFoldersIn(stateDir)) await mkdir(folder, { recursive: true });
  const services = workerdServices(config, stateDir, modules, extras);
  await writeFile(file, capnpFile(services), { mode: PRIVATE_FILE_MODE });
  return file;
}
