import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

const { groups } = parse(await readFile("docs/alerts.yml", "utf8")) as {
  groups: { name: string; rules: Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

/** What quoted words of this form a folder's sources hold. */
async function quotedIn(folder: string, form: RegExp): Promise<Set<string>> {
  const names = await readdir(folder, { recursive: true });
  const texts = await Promise.all(
    names.filter((name) => name.endsWith(".ts")).map((name) => readFile(join(folder, name), "utf8")),
  );
  return new Set(texts.flatMap((text) => [...text.matchAll(form)].map(([, word = ""]) => word)));
}

let metrics: Set<string>;
let filters: Set<string>;
let runbook: string;
beforeAll(async () => {
  metrics = await quotedIn("workers/admin/metrics", /"(spike_[a-z_]+)"/g);
  filters = await quotedIn("workers/spike/funnel", /name: "([a-z_]+)"/g);
  runbook = await readFile("docs/operations.md", "utf8");
});

it("has rules, each by a name of its own", () => {
  expect(rules.length).toBeGreaterThan(5);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

describe.each(rules)("the alert $alert", ({ expr, labels, annotations, for: patience = "0s" }) => {
  it("asks for metrics that exist", () => {
    const asked = expr.match(/\bspike_[a-z_]+/g) ?? [];
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((name) => !metrics.has(name))).toEqual([]);
  });

  it("asks for reasons that the funnel gives", () => {
    const reasons = [...expr.matchAll(/reason=~?"([^"]+)"/g)].flatMap(([, text = ""]) => text.split("|"));
    expect(reasons.filter((reason) => !filters.has(reason) && reason !== "overloaded")).toEqual([]);
  });

  it("is a whole expression, with a severity and a time that Prometheus reads", () => {
    for (const [open, close] of ["()", "{}", "[]"] as const) {
      expect(expr.split(open as string).length).toBe(expr.split(close as string).length);
    }
    expect(["page", "ticket"]).toContain(labels.severity);
    expect(patience).toMatch(/^\d+[sm]$/);
  });

  it("leads to a section of the runbook", () => {
    const title = new RegExp(`^### ${annotations.runbook.replaceAll("-", "[ -]")}\\b`, "im");
    expect(runbook).toMatch(title);
    expect(annotations.summary).toMatch(/./);
  });
});

describe("the documentation", () => {
  /** The dataset of Analytics Engine, which is none of Prometheus' metrics. */
  const DATASETS = new Set(["spike_funnel"]);
  const read = async () =>
    (
      await Promise.all(["docs/observability.md", "docs/operations.md"].map((file) => readFile(file, "utf8")))
    ).join("\n");

  it("names the metrics that exist, and all of them", async () => {
    const named = new Set((await read()).match(/\bspike_[a-z_]+\b/g));
    expect([...named].filter((name) => !metrics.has(name) && !DATASETS.has(name))).toEqual([]);
    expect([...metrics].filter((name) => !named.has(name))).toEqual([]);
  });

  it("names events that are logged", async () => {
    const tables = [...(await read()).matchAll(/^\| (`[a-z_`, ]+`)[^|]*\|/gm)].flatMap(([, names = ""]) =>
      [...names.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map(([, name = ""]) => name),
    );
    const events = tables.filter((name) => !metrics.has(name));
    expect(events.length).toBeGreaterThan(20);
    const logged = new Set<string>();
    for (const folder of ["workers", "durable-objects"]) {
      for (const name of await quotedIn(folder, /"([a-z]+(?:_[a-z]+)+)"/g)) logged.add(name);
    }
    expect(events.filter((event) => !logged.has(event))).toEqual([]);
  });
});
