import { describe, expect, it } from "vitest";
import { toBytes } from "../../../durable-objects/edge-redis/resp/bytes.ts";
import {
  ARGUMENTS_MAX,
  BULK_MAX_BYTES,
  INLINE_MAX_BYTES,
  ProtocolError,
  RequestParser,
  UNAUTHENTICATED_ARGUMENTS_MAX,
  UNAUTHENTICATED_BULK_MAX_BYTES,
} from "../../../durable-objects/edge-redis/resp/request-parser.ts";
import { mutatedInput, parseMutated, seeded } from "./mutations.ts";

function parseAll(chunks: string[], parser = new RequestParser()): string[][] {
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

  it("takes only what a password needs from who has not said it", () => {
    let isAuthenticated = false;
    const parse = (text: string) => () => parseAll([text], new RequestParser(() => isAuthenticated));
    const word = (length: number) => `$${length}\r\n${"x".repeat(length)}\r\n`;
    const many = (count: number) => `*${count}\r\n${word(1).repeat(count)}`;
    const long = (bytes: number) => `*1\r\n${word(bytes)}`;
    expect(parse(many(UNAUTHENTICATED_ARGUMENTS_MAX))()).toHaveLength(1);
    expect(parse(long(UNAUTHENTICATED_BULK_MAX_BYTES))()).toHaveLength(1);
    const refused = (what: string) => new ProtocolError(`unauthenticated ${what} length`);
    expect(parse(many(UNAUTHENTICATED_ARGUMENTS_MAX + 1))).toThrow(refused("multibulk"));
    expect(parse(long(UNAUTHENTICATED_BULK_MAX_BYTES + 1))).toThrow(refused("bulk"));
    isAuthenticated = true;
    expect(parse(many(UNAUTHENTICATED_ARGUMENTS_MAX + 1))()).toHaveLength(1);
    expect(parse(long(UNAUTHENTICATED_BULK_MAX_BYTES + 1))()).toHaveLength(1);
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
    const random = seeded(12_345);
    let understood = 0;
    for (let input = 0; input < 20_000; input++) {
      if (parseMutated(mutatedInput(random), random)) understood++;
    }
    // Some are still what a client might send, and some are not.
    expect(understood).toBeGreaterThan(1_000);
    expect(understood).toBeLessThan(19_000);
  });
});
