import { expect, it } from "vitest";
import { type MetricFamily, toExposition } from "../../../workers/shared/prometheus.ts";
import { parseExposition } from "../../workers/support/exposition.ts";

const family: MetricFamily = {
  name: "a_total",
  type: "counter",
  help: "How\nmany \\ there are.",
  samples: [],
};

it("escapes what the format needs escaped", () => {
  const samples = [{ labels: { text: 'a "b" \\ c\nd' }, value: 1.5 }, { value: 0 }];
  expect(toExposition([{ ...family, samples }])).toBe(
    '# HELP a_total How\\nmany \\\\ there are.\n# TYPE a_total counter\na_total{text="a \\"b\\" \\\\ c\\nd"} 1.5\na_total 0\n',
  );
});

it("leaves out a family without samples", () => {
  expect(toExposition([family])).toBe("");
});

it.each([
  ["a sample before its type", "# HELP a x\na 1\n"],
  ["a series twice", "# HELP a x\n# TYPE a gauge\na 1\na 1\n"],
  ["a family in two places", "# HELP a x\n# TYPE a gauge\na 1\n# HELP a x\n"],
  ["a counter without its ending", "# HELP a x\n# TYPE a counter\na 1\n"],
  ["a quote in a label", '# HELP a x\n# TYPE a gauge\na{b="c"d"} 1\n'],
  ["a value that is no number", "# HELP a x\n# TYPE a gauge\na undefined\n"],
  ["no end of line", "# HELP a x\n# TYPE a gauge\na 1"],
])("the tests' own reader notices %s", (_, text) => {
  expect(() => parseExposition(text)).toThrow(/format|out of place|twice|misnamed|end/);
});
