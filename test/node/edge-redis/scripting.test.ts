import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestNode, type TestNode } from "./node.ts";
import { chooseEmptyDatabase, findRedis } from "./real-redis.ts";
import type { RespClient, Said } from "./resp-client.ts";
import { SCRIPTS } from "./scripts-to-compare.ts";

const latin1 = (text: string): string => Buffer.from(text).toString("latin1");

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.stop());

/** Mistakes in the commands themselves, and the shebang. */
const COMMANDS = [
  ["EVAL", "return 1"],
  ["EVAL", "return 1", "x"],
  ["EVAL", "return 1", "-1"],
  ["EVAL", "return 1", "2", "a"],
  ["EVAL", "return {KEYS[1], KEYS[2], ARGV[1]}", "2", "a", "b", "c"],
  ["EVALSHA", "abc", "0"],
  ["EVALSHA", "0123456789abcdef0123456789abcdef01234567", "0"],
  ["SCRIPT", "LOAD", "return 'loaded by a test'"],
  ["SCRIPT", "LOAD", "return ("],
  ["SCRIPT", "EXISTS", "nope", "0EBCA6CF2DC77ACE23A4CA8A35F28E8A1A09E9FB"],
  ["SCRIPT", "KILL"],
  ["SCRIPT", "FLUSH", "NOW"],
  ["SCRIPT", "NOPE"],
  ["EVAL_RO", "return redis.call('get', KEYS[1])", "1", "nope"],
  ["EVAL_RO", "return redis.call('set', KEYS[1], 1)", "1", "k"],
  ["EVAL_RO", "return redis.pcall('set', KEYS[1], 1)", "1", "k"],
  ["EVAL", "#!lua\nreturn 1", "0"],
  ["EVAL", "#!lua flags=\nreturn 1", "0"],
  ["EVAL", "#!lua flags=no-writes\nreturn redis.call('set', KEYS[1], 1)", "1", "k"],
  ["EVAL", "#!lua flags=allow-stale,foo\nreturn 1", "0"],
  ["EVAL", "#!lua name=x\nreturn 1", "0"],
  ["EVAL", "#!js\nreturn 1", "0"],
  ["EVAL", "#!lua", "0"],
  ["EVAL", "\n\nreturn redis.call('get')", "0"],
  ["MULTI"],
  ["EVAL", "return redis.call('incr', KEYS[1])", "1", "n"],
  ["EVAL", "return redis.call('incr', KEYS[1])", "1", "n"],
  ["DEL", "n"],
  ["EXEC"],
];

const redis = await findRedis();

describe.skipIf(!redis)("compared with a real Redis", () => {
  let own: RespClient;
  beforeAll(async () => {
    own = await node.connectRaw();
    const database = await chooseEmptyDatabase(redis as RespClient, 9);
    await own.send([["SELECT", database]]);
  });
  afterAll(async () => {
    await redis?.send([["DISCARD"], ["FLUSHDB"]]);
    redis?.close();
    own?.close();
  });

  it.each(["2", "3"])("says the same to scripts in RESP%s", async (version) => {
    const commands = [
      ["HELLO", version],
      ...SCRIPTS.map((script) => ["EVAL", latin1(script), "1", "key", "arg"]),
      ...COMMANDS,
      ["DBSIZE"],
    ];
    const [ours, theirs] = await Promise.all([own.send(commands), redis?.send(commands)]);
    // What HELLO says differs by the connection.
    const told = (replies: Said[] = []) =>
      replies.slice(1).map((reply, at) => `${commands[at + 1]?.join(" ")} → ${JSON.stringify(reply)}`);
    expect(told(ours)).toEqual(told(theirs));
  });
});

it("keeps what a script wrote, in the order and the databases of its commands, when it is killed", async () => {
  const client = node.connect();
  const script = `redis.call('set', KEYS[1], ARGV[1])
    for at = 1, 3 do redis.call('rpush', KEYS[2], at) end
    redis.call('select', 5)
    redis.call('set', KEYS[1], 'in the fifth')
    redis.call('sadd', 'random', 'a', 'b', 'c', 'd')
    return redis.call('spop', 'random')`;
  const popped = await client.eval(script, 2, "k", "list", "v");
  const loaded = (await client.script("LOAD", "return 1")) as string;
  await expect(client.eval("redis.call('incr', KEYS[1]) error('after a write')", 1, "n")).rejects.toThrow(
    /after a write/,
  );
  await node.crashAndRestart();
  const after = node.connect();
  expect(await after.mget("k", "n")).toEqual(["v", "1"]);
  expect(await after.lrange("list", 0, -1)).toEqual(["1", "2", "3"]);
  await after.select(5);
  expect(await after.get("k")).toBe("in the fifth");
  expect((await after.smembers("random")).toSorted()).toEqual(
    ["a", "b", "c", "d"].filter((member) => member !== popped),
  );
  await expect(after.evalsha(loaded, 0)).rejects.toThrow(/^NOSCRIPT/);
});
