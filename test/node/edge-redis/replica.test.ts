import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { freePort } from "../../../scripts/port.ts";
import { startTestNode } from "./node.ts";

const isInstalled = spawnSync("redis-server", ["--version"]).status === 0;
if (!isInstalled) console.warn("SKIPPED: there is no redis-server. Debian's package is redis-server.");

it.skipIf(!isInstalled && !process.env["CI"])("a real Redis follows a node", async () => {
  const node = await startTestNode();
  onTestFinished(() => node.stop());
  const writer = node.connect();
  await writer.mset({ a: "1", b: "x".repeat(10_000) });
  await writer.rpush("list", "1", "two", "3");
  await writer.zadd("zset", 1.5, "a", -2, "b");
  await writer.hset("hash", { f: "v", g: "2" });
  await writer.sadd("set", "1", "two");
  await writer.set("mortal", "v", "EX", 1_000);

  const dir = await mkdtemp(join(tmpdir(), "spike-replica-"));
  const port = await freePort();
  const [host, password] = ["127.0.0.1", node.password];
  const args = [
    ...["--bind", host, "--port", String(port), "--dir", dir, "--save", "", "--enable-debug-command", "yes"],
    ...["--replicaof", host, String(node.port), "--masterauth", password],
  ];
  const server = spawn("redis-server", args, { stdio: "ignore" });
  const replica = new Redis({ host, port, maxRetriesPerRequest: 0, retryStrategy: () => 100 });
  replica.on("error", () => undefined);
  onTestFinished(async () => {
    replica.disconnect();
    const exited = once(server, "exit");
    if (server.kill("SIGKILL")) await exited;
    await rm(dir, { recursive: true, force: true });
  });

  const digestOf = (of: Redis) => of.call("DEBUG", "DIGEST") as Promise<string>;
  const expectSame = async () => {
    const expected = await digestOf(writer);
    await expect.poll(() => digestOf(replica).catch(() => null), { timeout: 120_000 }).toBe(expected);
  };
  await expectSame();
  await writer.multi().incr("a").lpush("list", "0").expire("hash", 500).exec();
  await writer.spop("set");
  await writer.zpopmin("zset");
  await writer.select(2);
  await writer.set("elsewhere", "1", "PX", 100_000);
  await writer.eval("redis.call('SET', KEYS[1], 'x') redis.call('DEL', KEYS[2])", 2, "by script", "none");
  await expectSame();
  await expect.poll(() => replica.info("replication")).toContain("master_link_status:up");
});
