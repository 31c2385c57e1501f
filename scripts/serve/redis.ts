import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { inProject } from "../project.ts";
import { PRIVATE_FILE_MODE } from "../secrets.ts";
import { bundleWorker } from "./bundle.ts";
import { capnpFile } from "./capnp.ts";
import { readWranglerFile } from "./config.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

export interface RedisOptions {
  /** Holds the configuration and all data. The same folder again is a restart that keeps everything. */
  stateDir: string;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** What AUTH asks for; null lets everybody in. Over HTTP it is the token, and nobody comes in without. */
  password: string | null;
  /** Where HTTP is answered, on the same host; a free port unless told. */
  httpPort?: number;
  /** How many nodes there are to be; as many as there are unless told. */
  nodes?: number | undefined;
  output: "inherit" | "ignore" | number;
}

const SOCKET = "redis";
const HTTP_SOCKET = "http";
const PRIVATE_FOLDER_MODE = 0o700;

/** Starts workerd with Edge Redis: RESP over TCP, and the REST protocol on its other port. */
export async function startRedis(options: RedisOptions): Promise<Workerd> {
  const stateDir = resolve(options.stateDir);
  const data = join(stateDir, "data");
  await mkdir(data, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  const modules = await bundleWorker(inProject("workers/redis/tcp.ts"), join(stateDir, "worker.js"));
  const { compatibility_date: compatibilityDate } = await readWranglerFile();
  const { password, nodes } = options;
  const worker = {
    modules,
    compatibilityDate,
    compatibilityFlags: ["experimental"],
    bindings: [
      { name: "EDGE_REDIS", durableObjectNamespace: { className: "EdgeRedis" } },
      ...(nodes === undefined ? [] : [{ name: "EDGE_REDIS_NODES", text: String(nodes) }]),
      ...(password === null
        ? []
        : ["REDIS_PASSWORD", "EDGE_REDIS_REST_TOKEN"].map((name) => ({ name, text: password }))),
    ],
    durableObjectNamespaces: [{ className: "EdgeRedis", uniqueKey: "edge-redis", enableSql: true }],
    durableObjectStorage: { localDisk: "data" },
  };
  const services = [
    { name: "redis", worker },
    { name: "data", disk: { path: data, writable: true } },
  ];
  const { host, httpPort = 0 } = options;
  const sockets = [
    { name: SOCKET, address: "127.0.0.1:0", tcp: {}, service: "redis" },
    { name: HTTP_SOCKET, address: `${host}:${httpPort}`, http: {}, service: "redis" },
  ];
  const configFile = join(stateDir, "redis.capnp");
  await writeFile(configFile, capnpFile({ services, sockets }), { mode: PRIVATE_FILE_MODE });
  return startWorkerd({ configFile, ...options, socket: SOCKET, alsoListen: HTTP_SOCKET });
}
