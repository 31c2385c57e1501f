import { describe, expect, it } from "vitest";
import { CURSOR_MAX_CHARS, decodeCursor, encodeCursor } from "../../../workers/order/cursor.ts";

const longestId = `${"s".repeat(40)}-${"z".repeat(10)}-${"n".repeat(20)}`;

describe("cursors", () => {
  it.each([
    { createdAt: 0, orderId: "a-1-nonce" },
    { createdAt: 1_794_355_200_000, orderId: "sample-zz-nonce" },
    { createdAt: Number.MAX_SAFE_INTEGER, orderId: longestId },
  ])("give back the position they were made from: %j", (position) => {
    const cursor = encodeCursor(position);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(cursor.length).toBeLessThanOrEqual(CURSOR_MAX_CHARS);
    expect(decodeCursor(cursor)).toEqual(position);
  });

  it.each([
    "",
    "x",
    "!!!!",
    "ÿ",
    "a".repeat(CURSOR_MAX_CHARS),
    "a".repeat(CURSOR_MAX_CHARS + 1),
    btoa("1794355200000"),
    btoa("1794355200000."),
    btoa("-1.sample-1-nonce"),
    btoa("1e3.sample-1-nonce"),
    btoa("9007199254740993.sample-1-nonce"),
    btoa("1.sample-1-nonce' OR 1=1"),
    btoa("1.SAMPLE-1-nonce"),
  ])("refuse what they did not make: %j", (cursor) => {
    expect(decodeCursor(cursor.replace(/=+$/, ""))).toBeNull();
  });
});
