import { describe, expect, it } from "vitest";
import { usernameKey, usernameProblem } from "../../../workers/user/username.ts";

describe("usernameProblem", () => {
  it.each([
    "abc",
    "a".repeat(64),
    "li.wei_88",
    "9lives",
    "Zoë",
    "Straße",
    "李小龙",
    "田中さん",
    "김철수abc",
    "Ольга",
    "नमस्ते",
  ])("takes %s", (name) => expect(usernameProblem(name)).toBeNull());

  it.each([
    ["two characters", "ab"],
    ["65 characters", "a".repeat(65)],
    ["what is 65 characters after normalisation", "ﬀ".repeat(32) + "a"],
    ["a space", "a b c"],
    ["a dot in front", ".abc"],
    ["a dash behind", "abc-"],
    ["an @", "a@b.c"],
    ["markup", "<b>abc"],
    ["an emoji", "abc😀"],
    ["a line break", "abc\ndef"],
    ["a zero-width joiner", "ab\u200dc"],
    ["a Hangul filler", "ab\u3164c"],
    ["a right-to-left override", "abc\u202edef"],
    ["half a surrogate pair", "abc\ud800"],
    ["a tower of marks", "abc\u0301\u0323\u0307\u0331\u0330"],
    ["Latin mixed with Cyrillic", "p\u0430ypal"],
    ["Latin mixed with Greek", "micr\u03bfsoft"],
    ["Han mixed with Cyrillic", "李\u0430\u0431"],
  ])("refuses %s", (_what, name) => expect(usernameProblem(name)).not.toBeNull());

  it("counts characters, not UTF-16 units", () => {
    expect(usernameProblem("𠀀".repeat(64))).toBeNull();
    expect(usernameProblem("𠀀".repeat(65))).not.toBeNull();
  });
});

describe("usernameKey", () => {
  it.each([
    ["case", "Alice", "aLICE"],
    ["composition", "Zo\u00eb", "Zoe\u0308"],
    ["width", "Ａｌｉｃｅ", "alice"],
    ["ligatures", "oﬃce", "office"],
    ["sharp s", "straße", "STRASSE"],
    ["Cyrillic look-alikes", "\u0441\u043e\u0440\u0435", "cope"],
    ["Greek look-alikes", "\u03bf\u03bf\u03bf", "ooo"],
  ])("ignores %s", (_what, one, other) => expect(usernameKey(one)).toBe(usernameKey(other)));

  it("tells numbered accounts and accents apart", () => {
    const keys = ["user1", "userl", "user0", "usero", "zoe", "zoë"].map(usernameKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("is the same when taken twice", () => {
    for (const name of ["İstanbul", "ΣΊΣΥΦΟΣ", "ǅ", "ﬀ", "ß"]) {
      expect(usernameKey(usernameKey(name))).toBe(usernameKey(name));
    }
  });
});
