import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { atExit } from "../at-exit.ts";
import { CommandError } from "../command.ts";
import { projectEnvironment } from "../project.ts";

/** The package's CommonJS main says where this machine's binary is. */
const { default: WORKERD } = createRequire(import.meta.url)("workerd") as { default: string };

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A `workerd serve` process that listens. */
export interface Workerd {
  pid: number;
  port: number;
  /** Where `alsoListen` listens. */
  otherPort?: number;
  /** Settles when the process is gone, however it went. */
  exited: Promise<Exit>;
  kill: (signal?: NodeJS.Signals) => void;
}

/** The descriptor on which workerd says which port it listens on, before anything else can connect. */
const CONTROL_FD = 3;

/**
 * Starts workerd itself, so that its pid can be killed and measured: the `workerd` of `node_modules/.bin`
 * may be a Node script around it. Port 0 takes a free one. Rejects when workerd ends without listening;
 * its own message is then on `output`.
 */
export async function startWorkerd(options: {
  configFile: string;
  host: string;
  port: number;
  /** Where workerd's own output goes, the Worker's logs among it. */
  output: "inherit" | "ignore" | number;
  /** The socket of the configuration that listens there; `http` unless told. */
  socket?: string;
  /** A second socket of the configuration to wait for, with an address of its own there. */
  alsoListen?: string;
}): Promise<Workerd> {
  const { configFile, host, port, output, socket = "http", alsoListen } = options;
  const child = spawn(
    WORKERD,
    [
      "serve",
      "--experimental",
      configFile,
      `--socket-addr=${socket}=${host}:${port}`,
      `--control-fd=${CONTROL_FD}`,
    ],
    // It bundles a Worker's main with the esbuild it finds on PATH.
    { stdio: ["ignore", output, output, "pipe"], env: projectEnvironment() },
  );
  const exited = exitOf(child);
  child.once(
    "exit",
    atExit(() => void child.kill("SIGKILL")),
  );
  const names = alsoListen === undefined ? [socket] : [socket, alsoListen];
  const listening = await Promise.race([readPorts(child, names), exited]);
  if (!(listening instanceof Map)) {
    throw new CommandError(
      `workerd ended with ${listening.signal ?? `code ${listening.code}`} before it listened`,
    );
  }
  const otherPort = listening.get(alsoListen ?? "");
  return {
    pid: child.pid as number,
    port: listening.get(socket) as number,
    ...(otherPort !== undefined && { otherPort }),
    exited,
    kill: (signal = "SIGTERM") => void child.kill(signal),
  };
}

/** How a process ended. Rejects when it could not be started at all. */
export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}

/** The ports of these sockets, once all of them listen. */
async function readPorts(child: ChildProcess, names: readonly string[]): Promise<Map<string, number>> {
  const control = child.stdio[CONTROL_FD] as Readable;
  const ports = new Map<string, number>();
  for await (const line of createInterface({ input: control })) {
    const message = JSON.parse(line) as { event: string; socket: string; port: number };
    if (message.event === "listen") ports.set(message.socket, message.port);
    if (names.every((name) => ports.has(name))) return ports;
  }
  // The descriptor closed: the process is ending, and `exited` says how.
  return new Promise<never>(() => {});
}
