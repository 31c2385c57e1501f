import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestNode, type TestNode } from "./node.ts";

/** Whether Redis's own tools are there; where they must be, everything fails without them. */
const isInstalled = spawnSync("redis-cli", ["--version"]).status === 0;
if (!isInstalled) console.warn("SKIPPED: there is no redis-cli. Debian's package is redis-tools.");

describe.skipIf(!isInstalled && !process.env["CI"])("Redis's own tools", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode();
  });
  afterAll(() => node.stop());

  const connection = () => ["-h", "127.0.0.1", "-p", String(node.port), "--no-auth-warning"];
  const withPassword = () => [...connection(), "-a", node.password];

  /** Feeds a tool and returns what it says. */
  async function run(program: string, args: string[], input: string): Promise<string> {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.end(input);
    const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if (child.exitCode === null) await once(child, "exit");
    return output + complaints;
  }

  it("redis-cli is kept out until it gives the password", async () => {
    const said = await run("redis-cli", connection(), `GET k\nAUTH wrong\nAUTH "${node.password}"\nGET k\n`);
    expect(said).toMatch(/^NOAUTH [^\n]+\n+WRONGPASS [^\n]+\n+OK\n+\n*$/);
  });

  it("redis-cli speaks RESP3", async () => {
    const said = await run(
      "redis-cli",
      [...withPassword(), "-3"],
      "HSET h f v\nHGETALL h\nZADD z 1.5 m\nZSCORE z m\nSMEMBERS none\nGET none\n",
    );
    expect(said).toContain("f v\n");
    expect(said).toContain("1.5\n");
    expect(
      execFileSync("redis-cli", [...withPassword(), "-3", "--json", "HGETALL", "h"], { encoding: "utf8" }),
    ).toBe('{"f":"v"}\n');
  });

  it("redis-cli runs transactions", async () => {
    const said = await run(
      "redis-cli",
      withPassword(),
      "MULTI\nSET t 1\nINCR t\nEXEC\nMULTI\nNONSENSE\nEXEC\n",
    );
    expect(said).toMatch(/^OK\nQUEUED\nQUEUED\nOK\n2\n+OK\nERR unknown command[^\n]*\n+EXECABORT/);
  });

  it("redis-cli --pipe loads a stream of commands", async () => {
    const keys = 20_000;
    const commands = Array.from({ length: keys }, (_, at) => {
      const value = `value ${at}`;
      const key = `pipe:${at}`;
      return `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`;
    });
    const said = await run("redis-cli", [...withPassword(), "--pipe"], commands.join(""));
    expect(said).toContain(`errors: 0, replies: ${keys}`);
    const client = node.connect();
    expect(await client.mget("pipe:0", `pipe:${keys - 1}`)).toEqual(["value 0", `value ${keys - 1}`]);
  });

  it("redis-cli --scan and --bigkeys walk through everything", async () => {
    await node
      .connect()
      .mset(Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`scan:${at}`, "v"])));
    const scanned = await run("redis-cli", [...withPassword(), "--scan", "--pattern", "scan:*"], "");
    expect(scanned.trim().split("\n").toSorted()).toEqual(
      Array.from({ length: 100 }, (_, at) => `scan:${at}`).toSorted(),
    );
    expect(await run("redis-cli", [...withPassword(), "--bigkeys"], "")).toContain("Biggest string found");
  });

  it("redis-benchmark gets answers to all that it asks", async () => {
    const said = await run(
      "redis-benchmark",
      [...connection().slice(0, 4), "-a", node.password, "-n", "2000", "-P", "16", "-r", "500", "--csv"],
      "",
    );
    const names = said.split("\n").flatMap((line) => /^"([^"]+)","\d/.exec(line)?.[1] ?? []);
    expect(names).toEqual(expect.arrayContaining(["SET", "GET", "INCR", "LPUSH", "SADD", "HSET", "ZADD"]));
    expect(said).not.toMatch(/error/i);
  });
});
