import { describe, expect, it } from "vitest";
import { inLanguage, negotiateLanguage, withoutLanguage } from "../../../workers/pages/language.ts";

describe("negotiateLanguage", () => {
  it.each([
    [undefined, "en"],
    ["", "en"],
    ["zh-CN,zh;q=0.9,en;q=0.8", "zh"],
    ["en-GB,en;q=0.9,zh;q=0.8", "en"],
    ["en;q=0.5, zh-Hant-TW;q=0.7", "zh"],
    ["fr, de;q=0.9, zh;q=0.1", "zh"],
    ["fr, de", "en"],
    ["zh;q=0, en;q=0.1", "en"],
    ["ZH-cn", "zh"],
    ["zhx, en", "en"],
    ["zh;q=nonsense", "en"],
  ])("%s is %s", (header, language) => {
    expect(negotiateLanguage(header)).toBe(language);
  });

  it("reads no more of a header than a browser would send", () => {
    expect(negotiateLanguage(`${"fr,".repeat(19)}zh`)).toBe("zh");
    expect(negotiateLanguage(`${"fr,".repeat(20)}zh`)).toBe("en");
  });
});

describe("paths", () => {
  it.each([
    ["/", "/zh"],
    ["/orders", "/zh/orders"],
    ["/spikes/abc", "/zh/spikes/abc"],
  ])("%s in Chinese is %s, and back", (path, inChinese) => {
    expect(inLanguage("zh", path)).toBe(inChinese);
    expect(withoutLanguage(inChinese)).toBe(path);
    expect(withoutLanguage(path)).toBe(path);
  });
});
