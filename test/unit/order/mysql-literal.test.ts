import { describe, expect, it } from "vitest";
import { literalOf } from "../../../workers/order/store/mysql-literal.ts";
import {
  MYSQL_ROWS_MAX,
  MYSQL_STATEMENT_MAX_CHARS,
  upsertsOf,
} from "../../../workers/order/store/mysql-order-store.ts";
import { RowsRefused } from "../../../workers/order/store/order-store.ts";
import { sampleOrder } from "../../workers/order/samples.ts";

describe("literalOf", () => {
  it.each([
    ["sample-1-nonce_X", "'sample-1-nonce_X'"],
    ["", "''"],
    [0, "0"],
    [-1.5, "-1.5"],
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
  ])("writes %j as it is", (value, literal) => {
    expect(literalOf(value)).toBe(literal);
  });

  it.each(["'", "\\", "\\'", '"', "`", "a b", "\0", "\n", "; --", "?", "%", "€", "\u{1f381}", "x\n", "é"])(
    "writes %j as the digits of its bytes, where nothing can mean anything",
    (text) => {
      expect(literalOf(text)).toBe(`_utf8mb4 X'${Buffer.from(text).toString("hex")}'`);
    },
  );

  it.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY, {}, ["a"], true, 10n])(
    "takes no %s for a value",
    (value) => {
      expect(() => literalOf(value)).toThrow(RowsRefused);
    },
  );
});

describe("upsertsOf", () => {
  const lengths = (statements: Iterable<string>) => [...statements].map((text) => text.length);

  it("makes no statement of nothing, and none of more rows or characters than it may have", () => {
    const orders = (count: number, spikeTitle = "kettle") =>
      Array.from({ length: count }, (_, n) => sampleOrder(n + 1, { spikeTitle }));
    expect(lengths(upsertsOf([]))).toEqual([]);
    expect(lengths(upsertsOf(orders(MYSQL_ROWS_MAX))).length).toBe(1);
    expect(lengths(upsertsOf(orders(MYSQL_ROWS_MAX + 1))).length).toBe(2);
    const long = lengths(upsertsOf(orders(MYSQL_ROWS_MAX, "\u{1f381}".repeat(500))));
    expect(long.length).toBeGreaterThan(4);
    expect(Math.max(...long)).toBeLessThan(MYSQL_STATEMENT_MAX_CHARS * 1.1);
  });
});
