import { join } from "node:path";
import type { RehearsalReport } from "./report.ts";
import { summaryOf } from "./table.ts";
import { writeReport } from "./write.ts";

/** The report has them all. */
const CONTRADICTIONS_PRINTED_MAX = 10;

/** The table, where the report is, and with `--json` the report itself as the last line. */
export async function printReport(report: RehearsalReport): Promise<void> {
  const folder = await writeReport(report, report.options.reportsDir);
  console.log(summaryOf(report.figures, report.checks));
  for (const { kind, detail } of report.contradictions.slice(0, CONTRADICTIONS_PRINTED_MAX)) {
    console.log(`${kind}: ${detail}`);
  }
  console.log(`seed ${report.options.seed}; report: ${join(folder, "report.html")}`);
  if (report.options.json) console.log(JSON.stringify(report));
  if (!report.pass) process.exitCode = 1;
}
