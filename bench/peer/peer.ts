import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import amqp from "amqplib";
import { createSigner } from "fast-jwt";
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { atExit } from "../../scripts/at-exit.ts";
import { freePort } from "../../scripts/port.ts";
import { cpuSeconds } from "../../scripts/serve/process-stats.ts";
import { databaseOf, keysOf, type PeerConfig, peerConfig, queueOf } from "./config.ts";
import { exitWhenInterrupted } from "../interrupts.ts";

/** The usual stack, running: Fastify on both cores, Redis, RabbitMQ and MySQL. */
export interface Peer {
  url: string;
  /** An access token for a user of this name. */
  tokenFor: (userId: string) => string;
  /** So much stock, no orders. */
  reset: (stock: number) => Promise<void>;
  /** Orders in the database. */
  recorded: () => Promise<number>;
  /** Of everything that works for it: its own processes, Redis, the broker and the database. */
  cpuSeconds: () => number;
  stop: () => Promise<void>;
}

/** Programs whose processor time is the peer's while nothing else uses them. */
const SERVERS = /^(redis-server|beam\.smp|mariadbd|mysqld)$/;
/** Where nobody listens it is said at once; a service that is there may be busy. */
const CONNECT_MS = 30_000;
/** Whoever is interrupted waits no longer than this for what it leaves to be removed. */
const REMOVE_MS = 10_000;

const TABLE = `CREATE TABLE orders (
  id VARCHAR(64) PRIMARY KEY,
  user_id VARCHAR(128) NOT NULL,
  quantity INT NOT NULL,
  amount_minor BIGINT NOT NULL,
  state VARCHAR(16) NOT NULL,
  created_at BIGINT NOT NULL,
  pay_before BIGINT NOT NULL,
  KEY orders_user (user_id, created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4`;

/** The services the peer cannot reach, in words; empty when it can run. */
export async function missingServices(config: PeerConfig = peerConfig()): Promise<string[]> {
  const tries: [string, () => Promise<unknown>][] = [
    ["Redis", () => pingRedis(config.redisUrl)],
    ["RabbitMQ", async () => (await amqp.connect(config.rabbitUrl, { timeout: CONNECT_MS })).close()],
    [
      "MySQL",
      async () => (await mysql.createConnection({ uri: config.mysqlUrl, connectTimeout: CONNECT_MS })).end(),
    ],
  ];
  const missing: string[] = [];
  for (const [name, reach] of tries) await reach().catch(() => missing.push(name));
  return missing;
}

async function pingRedis(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: CONNECT_MS, retryStrategy: () => null });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
  } finally {
    redis.disconnect();
  }
}

export async function startPeer(): Promise<Peer> {
  const config = { ...peerConfig(), run: randomBytes(4).toString("hex") };
  const secret = randomBytes(32).toString("base64url");
  const sign = createSigner({ key: secret, algorithm: "HS256", expiresIn: "2h" });
  const port = await freePort();
  const env = {
    ...process.env,
    PEER_RUN: config.run,
    JWT_SECRET: secret,
    PORT: String(port),
    NODE_ENV: "production",
  };
  const fileOf = (name: string) => join(import.meta.dirname, name);
  const start = (name: string) => fork(fileOf(name), { env, stdio: "inherit" });
  const processes: ChildProcess[] = [];
  await using stack = new AsyncDisposableStack();
  stack.defer(exitWhenInterrupted());
  const keep = atExit(() => {
    for (const child of processes) child.kill();
    spawnSync(process.execPath, [fileOf("remove.ts")], { env, stdio: "inherit", timeout: REMOVE_MS });
  });
  stack.defer(async () => {
    const gone = processes.filter(isAlive).map((child) => once(child, "exit"));
    for (const child of processes) child.kill();
    await Promise.all(gone);
    await once(start("remove.ts"), "exit");
    keep();
  });
  const redis = new Redis(config.redisUrl);
  stack.defer(() => redis.disconnect());
  const admin = await makeDatabase(config);
  stack.defer(() => admin.end());
  await makeQueue(config);
  processes.push(start("cluster.ts"), start("consumer.ts"));
  await Promise.all(processes.map((child) => ready(child)));
  const keys = keysOf(config);
  const running = stack.move();
  return {
    url: `http://127.0.0.1:${port}`,
    tokenFor: (userId) => sign({ sub: userId }),
    async reset(stock) {
      await redis.del(keys.orders);
      await redis.set(keys.stock, stock);
      await admin.query("TRUNCATE orders");
    },
    async recorded() {
      const [rows] = await admin.query<mysql.RowDataPacket[]>("SELECT COUNT(*) AS orders FROM orders");
      return Number(rows[0]?.["orders"]);
    },
    cpuSeconds: () => cpuOfAll(processes.map(({ pid = 0 }) => pid)),
    stop: () => running.disposeAsync(),
  };
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

async function makeDatabase(config: PeerConfig): Promise<mysql.Connection> {
  const admin = await mysql.createConnection({ uri: config.mysqlUrl });
  await admin.query(`CREATE DATABASE ${databaseOf(config)}`);
  await admin.query(`USE ${databaseOf(config)}`);
  await admin.query(TABLE);
  return admin;
}

async function makeQueue(config: PeerConfig): Promise<void> {
  const rabbit = await amqp.connect(config.rabbitUrl);
  const channel = await rabbit.createChannel();
  await channel.assertQueue(queueOf(config), { durable: true });
  await rabbit.close();
}

async function ready(child: ChildProcess): Promise<void> {
  const first = await Promise.race([once(child, "message"), once(child, "exit")]);
  if (first[0] !== "ready") throw new Error("a process of the peer ended before it was ready");
}

/** Processor seconds of these processes, their children, and the servers on this machine. */
function cpuOfAll(pids: number[]): number {
  const mine = new Set(pids);
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const counted = all.filter((pid) => {
    const stat = read(`/proc/${pid}/stat`);
    const name = /\((.*)\)/.exec(stat)?.[1] ?? "";
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    return mine.has(pid) || mine.has(parent) || SERVERS.test(name);
  });
  return counted.reduce((sum, pid) => sum + (cpuSeconds(pid) ?? 0), 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
