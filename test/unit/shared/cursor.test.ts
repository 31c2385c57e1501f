import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor } from "../../../workers/shared/cursor.ts";
import { CURSOR_MAX_CHARS } from "../../../workers/shared/limits.ts";

const base64url = (text: string) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const longestOrderId = `${"s".repeat(40)}-${"z".repeat(10)}-${"n".repeat(20)}`;

describe("cursors", () => {
  it.each([
    { at: 0, id: "a" },
    { at: 1_794_355_200_000, id: "sample-zz-nonce" },
    { at: Number.MAX_SAFE_INTEGER, id: longestOrderId },
  ])("give back the position they were made from: %j", (position) => {
    const cursor = encodeCursor(position);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(cursor.length).toBeLessThanOrEqual(CURSOR_MAX_CHARS);
    expect(decodeCursor(cursor)).toEqual(position);
  });

  it("stand for the first page when absent", () => {
    expect(decodeCursor(undefined)).toBeNull();
  });

  it.each([
    "",
    "x",
    "!!!!",
    "ÿ",
    "a".repeat(CURSOR_MAX_CHARS),
    base64url("null"),
    base64url("[]"),
    base64url('["1","a"]'),
    base64url('[-1,"a"]'),
    base64url('[1.5,"a"]'),
    base64url('[9007199254740993,"a"]'),
    base64url('[1,""]'),
    base64url('[1,{"$ne":1}]'),
    base64url('{"at":1,"id":"a"}'),
    base64url('[1,"a"'),
  ])("refuse what no page gave out: %j", (cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });
});
