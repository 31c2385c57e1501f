import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../durable-objects/edge-redis/commands/table.ts";
import { Engine } from "../../../durable-objects/edge-redis/engine/engine.ts";
import callbacks from "../../../durable-objects/edge-redis/scripting/callbacks.wasm";
import { Scripts } from "../../../durable-objects/edge-redis/scripting/scripts.ts";
import { crc64 } from "../../../durable-objects/edge-redis/rdb/crc64.ts";
import { unpackLzf } from "../../../durable-objects/edge-redis/rdb/lzf.ts";
import { isIntact, undump } from "../../../durable-objects/edge-redis/rdb/reader.ts";
import { dump, rdbFile } from "../../../durable-objects/edge-redis/rdb/writer.ts";
import { newString, type Value } from "../../../durable-objects/edge-redis/engine/values.ts";

function engineWith(...commands: string[][]): Engine {
  const engine = new Engine(COMMANDS, new Scripts({ lua, callbacks }), () => 1_000);
  const client = engine.connect({ canWait: false });
  for (const command of commands) engine.execute(client, command);
  return engine;
}

function valueOf(...command: string[]): Value {
  const engine = engineWith(command);
  return engine.databases[0]?.get("k") as Value;
}

const VALUES: Record<string, Value> = {
  string: valueOf("SET", "k", "hello"),
  integer: valueOf("SET", "k", "70000"),
  list: valueOf("RPUSH", "k", "a", "-1", "x".repeat(20_000)),
  set: valueOf("SADD", "k", "a", "b"),
  hash: valueOf("HSET", "k", "f", "1", "g", "2"),
  zset: valueOf("ZADD", "k", "1.5", "a", "-inf", "b"),
};

/** Payloads that are intact, and mean nothing. */
const sealed = (payload: string): string => {
  const withVersion = `${payload}\x0a\x00`;
  return withVersion + crc64(withVersion);
};

describe("the checksum", () => {
  it("is Redis's", () => {
    expect(crc64("123456789")).toBe("\xca\xd9\xb8\xc4\x14\xd9\xc6\xe9");
  });
});

describe("a dumped value", () => {
  it.each(Object.entries(VALUES))("comes back: %s", (_, value) => {
    const payload = dump(value);
    expect(isIntact(payload)).toBe(true);
    expect(dump(undump(payload) as Value)).toBe(payload);
  });

  it("is as Redis would dump it", () => {
    expect(dump(newString("hello"))).toBe("\x00\x05hello\x0a\x00cr\xdfve4 \x0a");
  });

  it.each(Object.entries(VALUES))("is refused when anything about it is changed: %s", (_, value) => {
    const payload = dump(value).slice(0, 200);
    const whole = dump(value);
    for (let at = 0; at < payload.length; at++) {
      const changed =
        whole.slice(0, at) + String.fromCharCode(whole.charCodeAt(at) ^ 1) + whole.slice(at + 1);
      expect(isIntact(changed)).toBe(false);
      // Even when its checksum is right, it is a value or none, and nothing else happens.
      const forged = undump(sealed(changed.slice(0, -10)));
      expect(forged === null || typeof forged.type === "string").toBe(true);
    }
    for (let length = 0; length < payload.length; length++)
      expect(isIntact(whole.slice(0, length))).toBe(false);
  });

  it.each([
    ["nothing", ""],
    ["an unknown type", "\x63abc"],
    ["a string longer than the rest", "\x00\x05hell"],
    ["more behind the value", "\x00\x05hello!"],
    ["a length of 4 GB", "\x00\x80\xff\xff\xff\xff"],
    ["an empty list", "\x01\x00"],
    ["a set with a member twice", "\x02\x02\x01a\x01a"],
    ["a score that is no number", "\x05\x01\x01a\x00\x00\x00\x00\x00\x00\xf8\x7f"],
    ["a packed hash with half a pair", "\x10\x0a\x0a\x00\x00\x00\x01\x00\x81a\x02\xff"],
    ["a listpack of another size", "\x10\x0a\x0b\x00\x00\x00\x01\x00\x81a\x02\xff"],
    ["an intset of three-byte numbers", "\x0b\x0b\x03\x00\x00\x00\x01\x00\x00\x00abc"],
    ["compression that claims too much", "\x00\xc3\x01\x80\x7f\xff\xff\xff\x00"],
  ])("cannot be %s", (_, payload) => {
    expect(isIntact(sealed(payload))).toBe(true);
    expect(undump(sealed(payload))).toBeNull();
  });
});

describe("LZF", () => {
  it("repeats what came before, and reads nothing that is not there", () => {
    expect(unpackLzf("\x01ab\xe0\x03\x01", 14)).toBe("ab".repeat(7));
    expect(unpackLzf("\x01ab\xe0\x03\x02", 14)).toBeNull();
    expect(unpackLzf("\x01ab\xe0\x03\x01", 13)).toBeNull();
    expect(unpackLzf("\x01ab\xe0", 14)).toBeNull();
    expect(unpackLzf("\x05ab", 6)).toBeNull();
  });
});

describe("a file of everything", () => {
  it("names version, databases, expiry and checksum", () => {
    const engine = engineWith(["SET", "a", "1"], ["SELECT", "3"], ["SET", "b", "x", "PXAT", "5000"]);
    const file = [...rdbFile(engine.databases)].join("");
    const expected = `REDIS0010\xfe\x00\x00\x01a\xc0\x01\xfe\x03\xfc\x88\x13\x00\x00\x00\x00\x00\x00\x00\x01b\x01x\xff`;
    expect(file).toBe(expected + crc64(expected));
  });
});
