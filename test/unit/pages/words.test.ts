import { describe, expect, it } from "vitest";
import { countdownOf, formatDuration, formatMoney, formatMoment } from "../../../workers/pages/format.ts";
import { BARS, DRAWING_WIDTH, litWidth } from "../../../workers/pages/meter.ts";
import { contentSecurityPolicy } from "../../../workers/pages/security.ts";
import { ruleSentence, sentenceOfKind } from "../../../workers/pages/words/rules.ts";

describe("numbers and times", () => {
  it("writes money in the currency's own way", () => {
    expect(formatMoney("en", 4_900, "EUR")).toBe("€49");
    expect(formatMoney("en", 4_950, "EUR")).toBe("€49.50");
    expect(formatMoney("en", 4_900, "JPY")).toBe("¥4,900");
    expect(formatMoney("zh", 4_900, "CNY")).toBe("¥49");
  });

  it("names the zone of a time that is not the reader's, and the year when it is not this one", () => {
    const moment = Date.parse("2026-11-11T00:30:00Z");
    expect(formatMoment("en", moment, "UTC", moment)).toBe("Nov 11, 00:30 UTC");
    const later = Date.parse("2027-01-01T00:00:00Z");
    expect(formatMoment("en", moment, "UTC", later)).toBe("Nov 11, 2026, 00:30 UTC");
    expect(formatMoment("zh", moment, "UTC", later)).toContain("2026年11月11日");
  });

  it("says durations in their two largest units", () => {
    expect(formatDuration("en", 0)).toBe("0 seconds");
    expect(formatDuration("en", 90)).toBe("1 minute 30 seconds");
    expect(formatDuration("en", 3_601)).toBe("1 hour 1 second");
    expect(formatDuration("en", 90_061)).toBe("1 day 1 hour");
    expect(formatDuration("zh", 300)).toBe("5分钟");
  });

  it("never counts down to zero before it is over", () => {
    expect(countdownOf(1)).toEqual({
      showsDays: false,
      showsHours: false,
      days: 0,
      hours: "00",
      minutes: "00",
      seconds: "01",
    });
    expect(countdownOf(0)).toMatchObject({ seconds: "00" });
    expect(countdownOf(-5_000)).toMatchObject({ seconds: "00" });
    expect(countdownOf(3_599_001)).toMatchObject({ showsHours: true, hours: "01", minutes: "00" });
    expect(countdownOf(90_061_000)).toEqual({
      showsDays: true,
      showsHours: true,
      days: 1,
      hours: "01",
      minutes: "01",
      seconds: "01",
    });
  });
});

describe("the meter", () => {
  it("never shows a last unit as none, nor none as one", () => {
    expect(litWidth(0, 100_000)).toBe(0);
    expect(litWidth(1, 100_000)).toBe(DRAWING_WIDTH / BARS);
    expect(litWidth(100, 100)).toBe(DRAWING_WIDTH);
    expect(litWidth(120, 100)).toBe(DRAWING_WIDTH);
    expect(litWidth(50, 100)).toBe(DRAWING_WIDTH / 2);
  });
});

describe("rules in words", () => {
  it("says each rule to people, and keeps lists of people to itself", () => {
    expect(ruleSentence("en", { kind: "countries", allow: ["CN", "DE"] })).toBe("From China or Germany");
    expect(ruleSentence("zh", { kind: "countries", deny: ["US"] })).toBe("来自美国以外的地区");
    expect(ruleSentence("en", { kind: "users", allow: ["u-secret"] })).not.toContain("u-secret");
    const both = {
      kind: "any" as const,
      rules: [
        { kind: "min_tier" as const, tier: 2 },
        { kind: "account_age_days" as const, days: 30 },
      ],
    };
    expect(ruleSentence("en", both)).toBe("Members of star level 2 and up, or Accounts at least 30 days old");
  });

  it("finds the sentence of the rule that said no, however deep it lies", () => {
    const rules = [{ kind: "not" as const, rule: { kind: "min_tier" as const, tier: 4 } }];
    expect(sentenceOfKind("zh", rules, "min_tier")).toBe("4 星及以上会员");
    expect(sentenceOfKind("zh", rules, "users")).toBeUndefined();
  });
});

describe("the policy of a page", () => {
  it("allows pictures from the hosts it shows, and from no other", () => {
    const policy = contentSecurityPolicy(["/demo/lamp.svg", "https://cdn.example/a.png", undefined]);
    expect(policy).toContain("img-src 'self' https://cdn.example;");
    expect(policy).not.toContain("unsafe");
    expect(policy).not.toContain("cloudflare");
    expect(contentSecurityPolicy([], true)).toContain("script-src 'self' https://challenges.cloudflare.com;");
    expect(contentSecurityPolicy(["http://plain.example/a.png"])).toContain("img-src 'self';");
  });
});
