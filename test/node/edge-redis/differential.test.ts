import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestNode, type TestNode } from "./node.ts";
import { chooseEmptyDatabase, findRedis } from "./real-redis.ts";
import { KEYS, randomCommands, randomFrom } from "./random-commands.ts";
import type { RespClient, Said } from "./resp-client.ts";

const SEQUENCES = Number(process.env["DIFFERENTIAL_SEQUENCES"] || 1_500);
const COMMANDS_PER_SEQUENCE = 30;
/** The same with every run, so that a run can be repeated; DIFFERENTIAL_SEED looks elsewhere. */
const SEED = Number(process.env["DIFFERENTIAL_SEED"] || 1);

/** Answers whose order is the server's own affair, as it is in Redis. */
const UNORDERED = new Set(["SMEMBERS", "SINTER", "SUNION", "SDIFF", "SPOP", "HKEYS", "HVALS", "KEYS"]);
/** Answers that depend on when a command arrived: only whether there is a time is compared. */
const TIMES = new Set(["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"]);

const byText = (a: Said, b: Said): number => (String(a) < String(b) ? -1 : 1);

function comparable([name = ""]: readonly string[], said: Said): Said {
  if (TIMES.has(name) && typeof said === "string" && Number(said.slice(1)) > 0) return ":some";
  if (!Array.isArray(said)) return said;
  const [type = "*", ...elements] = said;
  if (UNORDERED.has(name)) return [type, ...elements.toSorted(byText)];
  if (name !== "HGETALL") return said;
  const pairs = elements.flatMap((key, at) => (at % 2 === 0 ? [[key, elements[at + 1] as Said]] : []));
  return [type, ...pairs.toSorted(byText)];
}

/** The answers to EXEC belong to the commands that it ran. */
function comparableAll(commands: readonly string[][], replies: readonly Said[]): Said[] {
  let queued: string[][] = [];
  return replies.map((said, at) => {
    const command = commands[at] as string[];
    if (command[0] === "MULTI" && said === "+OK") queued = [];
    if (said === "+QUEUED") queued.push(command);
    if (command[0] !== "EXEC" || !Array.isArray(said)) return comparable(command, said);
    return said.map((one, index) => (index === 0 ? one : comparable(queued[index - 1] as string[], one)));
  });
}

/** Ends what a sequence left open, tells everything about what it left behind, and removes it. */
const EPILOGUE: string[][] = [
  ...[["DISCARD"], ["UNWATCH"]],
  ...KEYS.flatMap((key) => [
    ...[
      ["TYPE", key],
      ["OBJECT", "ENCODING", key],
      ["TTL", key],
      ["GET", key],
      ["HGETALL", key],
      ["SMEMBERS", key],
    ],
    ...[
      ["LRANGE", key, "0", "-1"],
      ["ZRANGE", key, "0", "-1", "WITHSCORES"],
    ],
  ]),
  ["FLUSHDB"],
];

const redis = await findRedis();

describe.skipIf(!redis)("compared with a real Redis", () => {
  let node: TestNode;
  let own: RespClient;
  beforeAll(async () => {
    node = await startTestNode();
    own = await node.connectRaw();
    const database = await chooseEmptyDatabase(redis as RespClient, 15);
    await own.send([["SELECT", database]]);
  });
  afterAll(async () => {
    await redis?.send([["DISCARD"], ["FLUSHDB"]]);
    redis?.close();
    own?.close();
    await node?.stop();
  });

  it.each(["2", "3"])("says the same to random commands in RESP%s", { timeout: 600_000 }, async (version) => {
    await Promise.all([own.send([["HELLO", version]]), redis?.send([["HELLO", version]])]);
    for (let sequence = 0; sequence < SEQUENCES / 2; sequence++) {
      const seed = SEED + sequence;
      const draw = randomCommands(randomFrom(seed));
      const commands = [...Array.from({ length: COMMANDS_PER_SEQUENCE }, draw), ...EPILOGUE];
      const [ours, theirs] = await Promise.all([
        own.send(commands),
        redis?.send(commands) as Promise<Said[]>,
      ]);
      const expected = comparableAll(commands, theirs);
      const said = comparableAll(commands, ours);
      const differs = expected.findIndex((one, at) => JSON.stringify(one) !== JSON.stringify(said[at]));
      const story = JSON.stringify(commands.slice(0, differs + 1));
      expect(said[differs], `seed ${seed}: ${story}`).toEqual(expected[differs]);
    }
  });
});
