/** One sample of a metric. */
interface Series {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const METRIC_NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\[\\\\"n])*)"`;
const HELP = new RegExp(`^# HELP (${METRIC_NAME}) .+$`);
const TYPE = new RegExp(`^# TYPE (${METRIC_NAME}) (counter|gauge)$`);
const SAMPLE = new RegExp(
  `^(${METRIC_NAME})(?:\\{((?:${LABEL},?)+)\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)$`,
);
const ESCAPES: Record<string, string> = { "\\\\": "\\", '\\"': '"', "\\n": "\n" };

/**
 * Reads Prometheus' text format as strictly as its description: each family once, HELP and TYPE before its
 * samples, no series twice, counters named `_total` and never negative.
 * @throws Error with the line that is not as it should be.
 */
export function parseExposition(text: string) {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const series: Series[] = [];
  const [seen, families] = [new Set<string>(), new Set<string>()];
  let family: { name: string; type?: string } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, helped] = HELP.exec(line) ?? [];
    const [, typed, type = ""] = TYPE.exec(line) ?? [];
    const [, name, labelText = "", , , value] = SAMPLE.exec(line) ?? [];
    if (helped) {
      if (families.has(helped)) throw new Error(`a family twice: ${line}`);
      families.add(helped);
      family = { name: helped };
    } else if (typed) {
      if (family?.name !== typed || family.type) throw new Error(`out of place: ${line}`);
      if ((type === "counter") !== typed.endsWith("_total")) throw new Error(`misnamed: ${line}`);
      family.type = type;
    } else if (name) {
      const sample = { name, labels: labelsOf(labelText), value: Number(value) };
      const key = keyOf(name, sample.labels);
      if (family?.name !== name || !family.type || seen.has(key)) throw new Error(`out of place: ${line}`);
      if (family.type === "counter" && sample.value < 0) throw new Error(`negative: ${line}`);
      seen.add(key);
      series.push(sample);
    } else throw new Error(`not the format: ${line}`);
  }
  return {
    series,
    /** The value of the one series with these labels and no others. */
    get: (name: string, labels: Record<string, string> = {}): number | undefined =>
      series.find((sample) => keyOf(sample.name, sample.labels) === keyOf(name, labels))?.value,
  };
}

/** Names a series: the order of its labels does not matter. */
function keyOf(name: string, labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map((pair) => JSON.stringify(pair));
  return `${name}{${pairs.toSorted().join()}}`;
}

function labelsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(new RegExp(LABEL, "g"))];
  return Object.fromEntries(
    pairs.map(([, name = "", value = ""]) => [
      name,
      value.replaceAll(/\\[\\"n]/g, (escape) => ESCAPES[escape] ?? escape),
    ]),
  );
}
