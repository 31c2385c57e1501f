import { expect, test } from "vitest";
import { encodeCommands } from "../../../../workers/shared/redis/encode.ts";

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("commands are arrays of bulk strings, lengths in bytes", () => {
  expect(textOf(encodeCommands([["SET", "鍵", 1.5], ["PING"]]))).toBe(
    "*3\r\n$3\r\nSET\r\n$3\r\n鍵\r\n$3\r\n1.5\r\n*1\r\n$4\r\nPING\r\n",
  );
});

test("infinity is spelled as Redis spells it", () => {
  expect(textOf(encodeCommands([[Infinity, -Infinity]]))).toBe("*2\r\n$4\r\n+inf\r\n$4\r\n-inf\r\n");
});

test("bytes go as they are", () => {
  expect([...encodeCommands([[Uint8Array.of(0, 255)]])].slice(-4)).toEqual([0, 255, 13, 10]);
});
