import { runCommand } from "../rehearsal/command.ts";
import { expectReportsFolder } from "../report/folder.ts";
import { describeMachine } from "../report/machine.ts";
import { figures, table } from "../report/table.ts";
import { verdictTable } from "../report/verdict.ts";
import { measureCatalogue, measureGates } from "./growth.ts";
import { measureLatency } from "./latency.ts";
import { BENCH_USAGE, type BenchOptions, readBenchOptions } from "./options.ts";
import { runCommandScenario } from "./others.ts";
import { type BenchReport, writeBenchReport } from "./report.ts";
import { NOT_QUICK, SCENARIO_NAMES, type ScenarioName, type ScenarioResult } from "./scenarios.ts";
import { measureWins } from "./wins.ts";

/** One round finds what is far from its goal. */
const QUICK_REMARK =
  "A quick look: one short round each on code that is hardly warm. What is missed by little here is no finding.";

/** `npm run bench`: every claim about speed, measured beside its floor or its peer. */
async function run(options: BenchOptions): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  await expectReportsFolder(options.reportsDir);
  const names = namesOf(options);
  const results: ScenarioResult[] = [];
  for (const [index, name] of names.entries()) {
    say(`${name} (${index + 1} of ${names.length})`);
    const result = await measure(name, options.quick, say).catch((error: unknown) => failed(name, error));
    results.push(result);
    print(result);
  }
  const report: BenchReport = { at: new Date().toISOString(), machine: describeMachine(), options, results };
  if (options.quick) console.log(QUICK_REMARK);
  const folder = await writeBenchReport(report, options.reportsDir);
  console.log(`report: ${folder}/bench.html`);
  if (options.json) console.log(JSON.stringify(report));
}

function namesOf({ only, quick }: BenchOptions): readonly ScenarioName[] {
  if (only !== null) return [only];
  return quick ? SCENARIO_NAMES.filter((name) => !NOT_QUICK.has(name)) : SCENARIO_NAMES;
}

function measure(name: ScenarioName, quick: boolean, say: (line: string) => void): Promise<ScenarioResult> {
  switch (name) {
    case "wins":
      return measureWins(quick, say);
    case "latency":
      return measureLatency(quick, say);
    case "gates":
      return measureGates(quick, say);
    case "catalogue":
      return measureCatalogue(quick, say);
    default:
      return runCommandScenario(name, quick);
  }
}

/** What the others have measured in a quarter of an hour must not be lost with one that fails. */
function failed(name: ScenarioName, error: unknown): ScenarioResult {
  process.exitCode = 1;
  const found = error instanceof Error ? error.message : String(error);
  return {
    name,
    title: name,
    series: [],
    verdicts: [{ claim: "runs to its end", found, holds: false }],
    remarks: [],
  };
}

function print({ title, series, verdicts, latencies = [], text, remarks }: ScenarioResult): void {
  console.log(`\n${title}`);
  if (series.length > 0) {
    const rows = series.map(({ name, unit, rounds }) => [name, unit, ...figures(rounds)]);
    console.log(table(["", "unit", "median", "least", "most"], rows));
  }
  if (latencies.length > 0) {
    const rows = latencies.map(({ label, ...ms }) => [
      label,
      ...[ms.p50, ms.p99, ms.p999].map((value) => value.toFixed(1)),
    ]);
    console.log(table(["latency, ms", "p50", "p99", "p99.9"], rows));
  }
  if (text) console.log(text);
  console.log(verdictTable(verdicts));
  for (const remark of remarks) console.log(remark);
}

await runCommand(readBenchOptions, BENCH_USAGE, run);
