import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createConnection } from "mysql2/promise";
import { freePort } from "../../../scripts/port.ts";

/** A MySQL of our own that may be stopped, with data that outlives it. */
export interface OwnMysqld {
  url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

const START_PATIENCE_MS = 120_000;
const LOOK_PAUSE_MS = 50;

/** The server's program, where there is one. Debian keeps it out of the PATH of users. */
const PROGRAMS = { PATH: `${process.env["PATH"]}:/usr/sbin:/usr/local/sbin` };

/** Starts a MariaDB or MySQL from this machine's programs; null where there are none. */
export async function startOwnMysqld(): Promise<OwnMysqld | null> {
  const run = promisify(execFile);
  const env = { ...process.env, ...PROGRAMS };
  const folder = await mkdtemp(join(tmpdir(), "spike-mysqld-"));
  // The first of them has to be the first.
  const basics = ["--no-defaults", `--datadir=${folder}/data`, `--user=${userInfo().username}`];
  try {
    await run("mysql_install_db", [...basics, "--auth-root-authentication-method=normal"], {
      env,
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const port = await freePort();
  const url = `mysql://root@127.0.0.1:${port}/spike`;
  let child: ChildProcess | undefined;
  const start = async () => {
    const own = [
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
    ];
    const cheap = ["--innodb-flush-log-at-trx-commit=2", "--skip-name-resolve"];
    child = spawn("mysqld", [...basics, ...own, ...cheap], { env, stdio: "ignore" });
    await untilAnswers(port);
  };
  const stop = async () => {
    if (!child || child.exitCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  };
  await start();
  const remove = async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { url, start, stop, remove };
}

async function untilAnswers(port: number): Promise<void> {
  const giveUpAt = Date.now() + START_PATIENCE_MS;
  for (;;) {
    try {
      const connection = await createConnection({ host: "127.0.0.1", port, user: "root" });
      return await connection.end();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
    }
  }
}
