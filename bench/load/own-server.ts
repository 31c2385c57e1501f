import { open } from "node:fs/promises";
import { join } from "node:path";
import { build } from "../../scripts/build.ts";
import { freePort } from "../../scripts/port.ts";
import { makeSecrets, type Secrets } from "../../scripts/secrets.ts";
import { type Server, startServer } from "../../scripts/serve/server.ts";
import { makeTemporaryFolder } from "../../scripts/temporary-folder.ts";
import { exitWhenInterrupted } from "../interrupts.ts";
import type { Usage } from "./monitor.ts";
import type { Target } from "./sale.ts";

/** A `serve` of our own on a free port, with state that starts empty and survives its deaths. */
export interface OwnServer {
  secrets: Secrets;
  target: Target;
  logFile: string;
  /** Of the process that serves; another one after a crash. */
  pid(): number;
  /** Holds everything it keeps on disk. */
  stateDir: string;
  /** SIGKILL, and up again with the same state on the same port. */
  crashAndRestart(): Promise<void>;
  /** Ends the server and removes its state. */
  stop(): Promise<void>;
  /** Where the door before D1 takes orders, when it was asked for. */
  databaseDoorUrl?: string;
}

/** Which Worker, where it records orders, in D1 when nothing is said, and what its log tells beyond its own lines. */
export interface OwnServerExtras {
  /** The entry of another Worker with the same bindings, from the project's folder. */
  main?: string;
  /** A MySQL, migrated. */
  mysqlUrl?: string;
  /** With a door before D1 that can be shut. */
  databaseDoor?: boolean;
  /** Each garbage collection goes to the log. */
  tracesCollections?: boolean;
}

/** Starts one; `vars` override those of the wrangler file. Its log goes to a file beside its state. */
export async function startOwnServer(
  vars: Record<string, string> = {},
  extras: OwnServerExtras = {},
): Promise<OwnServer> {
  const release = exitWhenInterrupted();
  await build();
  const folder = await makeTemporaryFolder("rehearsal");
  const stateDir = join(folder.path, "state");
  const logFile = join(folder.path, "serve.log");
  const log = await open(logFile, "a");
  const secrets = makeSecrets();
  const launch = (port: number): Promise<Server> =>
    startServer({ stateDir, secrets, vars, port, output: log.fd, ...extras });
  let server = await launch(await freePort());
  /** Of the lives before this one. */
  let cpuSecondsBefore = 0;

  const usage = (): Usage => {
    const cpuSeconds = server.cpuSeconds();
    return {
      rssBytes: server.rssBytes(),
      cpuSeconds: cpuSeconds === null ? null : cpuSecondsBefore + cpuSeconds,
    };
  };
  return {
    secrets,
    target: {
      url: server.url,
      admin: { username: secrets.ADMIN_USERNAME, password: secrets.ADMIN_PASSWORD },
      usage,
    },
    logFile,
    pid: () => server.pid,
    stateDir,
    ...(server.databaseDoorUrl && { databaseDoorUrl: server.databaseDoorUrl }),
    crashAndRestart: async () => {
      cpuSecondsBefore += server.cpuSeconds() ?? 0;
      server.kill("SIGKILL");
      await server.exited;
      server = await launch(server.port);
    },
    stop: async () => {
      server.kill("SIGKILL");
      await server.exited;
      await log.close();
      await folder.remove();
      release();
    },
  };
}
