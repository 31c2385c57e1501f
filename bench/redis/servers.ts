import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { atExit } from "../../scripts/at-exit.ts";
import { CommandError } from "../../scripts/command.ts";
import { freePort } from "../../scripts/port.ts";
import { startRedis } from "../../scripts/serve/redis.ts";
import { exitOf } from "../../scripts/serve/workerd.ts";

const HOST = "127.0.0.1";
const START_PATIENCE_MS = 60_000;
const START_PAUSE_MS = 50;

/** A server to be measured, in a process of its own. */
export interface Server {
  name: string;
  port: number;
  pid: number;
  stop: () => Promise<void>;
}

export async function startEdgeRedis(folder: string): Promise<Server> {
  const stateDir = join(folder, "edge");
  const server = await startRedis({ stateDir, host: HOST, port: 0, password: null, output: "inherit" });
  return {
    name: "Edge Redis",
    port: server.port,
    pid: server.pid,
    stop: async () => {
      server.kill();
      await server.exited;
    },
  };
}

/** A Redis with its data in `folder`. @param arguments_ of redis-server, about what it keeps on disk. */
export async function startRealRedis(name: string, folder: string, arguments_: string[]): Promise<Server> {
  const dir = join(folder, name.replaceAll(/\W+/g, "-"));
  await mkdir(dir, { recursive: true });
  const port = await freePort();
  const child = spawn(
    "redis-server",
    ["--bind", HOST, "--port", String(port), "--dir", dir, "--save", "", ...arguments_],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const exited = exitOf(child).catch(() => {
    throw new CommandError("redis-server is needed to compare with; Debian's package is redis-server");
  });
  child.once(
    "exit",
    atExit(() => void child.kill("SIGKILL")),
  );
  await Promise.race([listening(port), exited]);
  if (child.exitCode !== null) throw new CommandError(`redis-server ended with code ${child.exitCode}`);
  return {
    name,
    port,
    pid: child.pid as number,
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}

async function listening(port: number): Promise<void> {
  const deadline = Date.now() + START_PATIENCE_MS;
  for (;;) {
    const socket = connect(port, HOST);
    try {
      await once(socket, "connect");
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, START_PAUSE_MS));
    } finally {
      socket.destroy();
    }
  }
}
