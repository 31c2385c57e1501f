import { expect, test } from "vitest";
import { parseArrived, parseReplies, RedisReplyError } from "../../../../workers/shared/redis/replies.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

test("each of the five types becomes a value", () => {
  const replies = parseReplies(
    bytesOf("+OK\r\n:-7\r\n$3\r\nabc\r\n$0\r\n\r\n$-1\r\n*-1\r\n*2\r\n:1\r\n*1\r\n+x\r\n"),
  );
  expect(replies).toEqual(["OK", -7, "abc", "", null, null, [1, ["x"]]]);
});

test("an error is a value with a code", () => {
  const [error] = parseReplies(bytesOf("-WRONGTYPE Operation against a key\r\n"));
  expect(error).toBeInstanceOf(RedisReplyError);
  expect(error).toMatchObject({ code: "WRONGTYPE", message: "WRONGTYPE Operation against a key" });
});

test("a bulk may hold line ends and any characters", () => {
  const text = "a\r\n价格 😀";
  expect(parseReplies(bytesOf(`$${bytesOf(text).length}\r\n${text}\r\n:1\r\n`))).toEqual([text, 1]);
});

test("who asks for bytes gets bytes, but statuses stay texts", () => {
  const bytes = Uint8Array.of(...bytesOf("+OK\r\n$2\r\n"), 0xff, 0x00, ...bytesOf("\r\n"));
  expect(parseReplies(bytes, (bulk) => [...bulk])).toEqual(["OK", [0xff, 0x00]]);
});

test.each(["+OK", "$3\r\nab\r\n", "*2\r\n:1\r\n", "?\r\n", "$3\r\nab"])("%j is refused", (text) => {
  expect(() => parseReplies(bytesOf(text))).toThrow(TypeError);
});

test("takes what has arrived whole, wherever it is cut", () => {
  const text = "+OK\r\n*2\r\n$2\r\n\r\n\r\n*1\r\n:5\r\n$-1\r\n";
  const bytes = bytesOf(text);
  const whole = ["OK", ["\r\n", [5]], null];
  const decode = (bulk: Uint8Array) => new TextDecoder().decode(bulk);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { replies, rest } = parseArrived(bytes.subarray(0, cut), decode);
    const later = new Uint8Array([...rest, ...bytes.subarray(cut)]);
    expect([...replies, ...parseArrived(later, decode).replies]).toEqual(whole);
  }
  expect(() => parseArrived(bytesOf("nonsense\r\n"), decode)).toThrow(TypeError);
});
