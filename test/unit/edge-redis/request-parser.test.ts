import { describe, expect, it } from "vitest";
import { toBytes } from "../../../durable-objects/edge-redis/resp/bytes.ts";
import {
  ARGUMENTS_MAX,
  BULK_MAX_BYTES,
  INLINE_MAX_BYTES,
  ProtocolError,
  RequestParser,
} from "../../../durable-objects/edge-redis/resp/request-parser.ts";

function parseAll(chunks: string[]): string[][] {
  const parser = new RequestParser();
  const commands: string[][] = [];
  for (const chunk of chunks) {
    parser.push(toBytes(chunk));
    for (let command = parser.next(); command !== null; command = parser.next()) commands.push(command);
  }
  return commands;
}

const SET = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\n\r\n\x00\xff*\r\n";

describe("the request parser", () => {
  it("takes commands however they are cut", () => {
    const stream = `${SET}PING\r\n\r\n*1\r\n$4\r\nPING\r\n*0\r\n*-1\r\n${SET}`;
    const whole = parseAll([stream]);
    expect(whole).toEqual([["SET", "k", "\r\n\x00\xff*"], ["PING"], ["PING"], ["SET", "k", "\r\n\x00\xff*"]]);
    for (let size = 1; size < stream.length; size++) {
      const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, at) =>
        stream.slice(at * size, (at + 1) * size),
      );
      expect(parseAll(chunks)).toEqual(whole);
    }
  });

  it("reads quotes and escapes of inline commands", () => {
    expect(parseAll([`set "a b" 'c\\'d' "\\x41\\n\\"" plain\n`])).toEqual([
      ["set", "a b", "c'd", 'A\n"', "plain"],
    ]);
  });

  it.each([
    ["*abc\r\n", "invalid multibulk length"],
    [`*${ARGUMENTS_MAX + 1}\r\n`, "invalid multibulk length"],
    ["*1\r\nfoo\r\n", "expected '$', got 'f'"],
    ["*1\r\n$-10\r\n", "invalid bulk length"],
    ["*1\r\n$blabla\r\n", "invalid bulk length"],
    [`*1\r\n$${BULK_MAX_BYTES + 1}\r\n`, "invalid bulk length"],
    ['set """k""" v\r\n', "unbalanced quotes in request"],
    ['set "k"v\r\n', "unbalanced quotes in request"],
    ["x".repeat(INLINE_MAX_BYTES + 1), "too big inline request"],
    [`*${"1".repeat(INLINE_MAX_BYTES + 1)}`, "too big mbulk count string"],
    [`*1\r\n$${"1".repeat(INLINE_MAX_BYTES + 1)}`, "too big bulk count string"],
  ])("refuses %j", (text, message) => {
    expect(() => parseAll([text])).toThrow(new ProtocolError(message));
  });

  it("takes what is at its limits", () => {
    expect(parseAll([`${"x".repeat(INLINE_MAX_BYTES)}\n`])).toHaveLength(1);
    expect(parseAll([`*${ARGUMENTS_MAX}\r\n`])).toEqual([]);
    expect(parseAll([`*1\r\n$${BULK_MAX_BYTES}\r\n`])).toEqual([]);
  });

  it("holds what has arrived, not what is claimed", () => {
    const parser = new RequestParser();
    parser.push(toBytes(`*${ARGUMENTS_MAX}\r\n$${BULK_MAX_BYTES}\r\n`));
    for (let chunk = 0; chunk < 100; chunk++) {
      parser.push(toBytes("x"));
      expect(parser.next()).toBeNull();
    }
  });

  it("neither crashes nor hangs on mutated input", () => {
    // A small generator of its own, so that a failure can be repeated.
    let state = 12_345;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state % below;
    };
    for (let round = 0; round < 20_000; round++) {
      const bytes = [...`${SET}PING "x"\r\n`];
      for (let change = random(6); change >= 0; change--) {
        const at = random(bytes.length);
        if (random(3) === 0) bytes.splice(at, 1 + random(4));
        else bytes[at] = String.fromCharCode(random(256));
      }
      const text = bytes.join("");
      const cut = random(text.length || 1);
      try {
        parseAll([text.slice(0, cut), text.slice(cut)]);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }
  });
});
