import { beforeEach, describe, expect, it } from "vitest";
import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";
import { COMMANDS } from "../../../durable-objects/edge-redis/commands/table.ts";
import { Engine } from "../../../durable-objects/edge-redis/engine/engine.ts";
import { BULK_MAX_BYTES } from "../../../durable-objects/edge-redis/resp/request-parser.ts";
import callbacks from "../../../durable-objects/edge-redis/scripting/callbacks.wasm";
import { Scripts } from "../../../durable-objects/edge-redis/scripting/scripts.ts";

let say: (command: string) => string;
beforeEach(() => {
  const engine = new Engine(COMMANDS, new Scripts({ lua, callbacks }), () => 1_000);
  const client = engine.connect({ canWait: false });
  say = (command) => {
    engine.execute(client, command.split(" "));
    return client.takeOutput();
  };
});

/** What is answered, without framing: numbers, and null where one did not fit. */
const numbers = (reply: string) =>
  [...reply.matchAll(/:(-?\d+)\r\n|\$-1\r\n/g)].map(([, digits]) =>
    digits === undefined ? null : BigInt(digits),
  );

describe("BITFIELD", () => {
  it("reads and writes numbers of any width, anywhere", () => {
    const written = numbers(say("BITFIELD k SET u8 0 255 SET i5 3 -7 GET u16 0 GET i5 3"));
    expect(written).toEqual([0n, -1n, 0b1111_1001_0000_0000n, -7n]);
    expect(numbers(say("BITFIELD k SET i64 #3 -9223372036854775808 GET i64 #3"))).toEqual([0n, -(2n ** 63n)]);
    expect(say("STRLEN k")).toBe(":32\r\n");
    expect(numbers(say("BITFIELD_RO k GET u8 1000"))).toEqual([0n]);
  });

  it.each([
    ["WRAP", "u2", "3", "1", 0n],
    ["SAT", "u2", "3", "1", 3n],
    ["FAIL", "u2", "3", "1", null],
    ["WRAP", "u2", "0", "-1", 3n],
    ["SAT", "u2", "0", "-1", 0n],
    ["FAIL", "u2", "0", "-1", null],
    ["WRAP", "i8", "127", "1", -128n],
    ["SAT", "i8", "127", "1", 127n],
    ["SAT", "i8", "-128", "-1", -128n],
    ["WRAP", "i64", "9223372036854775807", "1", -(2n ** 63n)],
    ["FAIL", "i64", "9223372036854775807", "1", null],
    ["FAIL", "u2", "2", "1", 3n],
  ])("with OVERFLOW %s a %s of %s and %s more", (overflow, width, value, more, expected) => {
    say(`BITFIELD k SET ${width} 0 ${value}`);
    expect(numbers(say(`BITFIELD k OVERFLOW ${overflow} INCRBY ${width} 0 ${more}`))).toEqual([expected]);
    const kept = expected ?? BigInt(value);
    expect(numbers(say(`BITFIELD k GET ${width} 0`))).toEqual([kept]);
  });

  it.each([
    ["GET u64 0", "Invalid bitfield type"],
    ["GET i65 0", "Invalid bitfield type"],
    ["GET i0 0", "Invalid bitfield type"],
    ["GET u8 -1", "bit offset is not an integer or out of range"],
    [`GET u8 ${BULK_MAX_BYTES * 8}`, "bit offset is not an integer or out of range"],
    ["SET u8 0 x", "value is not an integer"],
    ["OVERFLOW NEVER SET u8 0 1", "Invalid OVERFLOW type"],
    ["SET u8 0", "syntax error"],
    ["PUT u8 0 1", "syntax error"],
  ])("refuses %s", (operation, complaint) => {
    expect(say(`BITFIELD k ${operation}`)).toContain(complaint);
    expect(say("EXISTS k")).toBe(":0\r\n");
  });

  it("takes what is at its limits, and only reads when it is only to read", () => {
    expect(numbers(say(`BITFIELD k GET u63 0 GET i64 0 GET u1 ${BULK_MAX_BYTES * 8 - 1}`))).toEqual([
      0n,
      0n,
      0n,
    ]);
    expect(say("EXISTS k")).toBe(":0\r\n");
    expect(say("BITFIELD_RO k SET u8 0 1")).toContain("BITFIELD_RO only supports the GET subcommand");
  });
});
