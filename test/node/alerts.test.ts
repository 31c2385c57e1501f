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
