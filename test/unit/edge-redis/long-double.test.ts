import { describe, expect, it } from "vitest";
import {
  addLongDoubles,
  formatLongDouble,
  type LongDouble,
  parseLongDouble,
} from "../../../durable-objects/edge-redis/engine/long-double.ts";

const read = (text: string) => parseLongDouble(text) as LongDouble;
const sum = (a: string, b: string) => formatLongDouble(addLongDoubles(read(a), read(b)));

describe("a long double", () => {
  it("sums as Redis does", () => {
    // Answers of a Redis 7.0.15 to INCRBYFLOAT.
    expect(sum("1e3", "0.1")).toBe("1000.09999999999999998");
    expect(sum("9223372036854775807", "-1.5")).toBe("9223372036854775805.5");
    expect(sum("3.0e3", "200")).toBe("3200");
    expect(sum("17179869184", "1.5")).toBe("17179869185.5");
    expect(sum("0.1", "0.2")).toBe("0.3");
    expect(sum("1", "-1.1")).toBe("-0.1");
    expect(sum("-0.5", "0.5")).toBe("0");
  });

  it("rounds to the even one of two that are as near", () => {
    expect(sum("18446744073709551616", "1")).toBe("18446744073709551616");
    expect(sum("18446744073709551618", "1")).toBe("18446744073709551620");
  });

  it("is read from finite decimal numbers of a bounded size only", () => {
    for (const text of ["", ".", "e3", "x", "1x", " 1", "inf", "nan", "0x", "0x1p99999", "1e9999999999"]) {
      expect(parseLongDouble(text)).toBeNull();
    }
    expect(formatLongDouble(read("1e30"))).toBe("1000000000000000000024696061952");
  });
});
