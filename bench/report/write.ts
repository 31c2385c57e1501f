import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { RehearsalReport } from "./report.ts";
import { reportPage } from "./html.ts";

/** Writes `report.html` and `report.json` into a folder named after the time, and says which. */
export async function writeReport(report: RehearsalReport, reportsDir: string): Promise<string> {
  const folder = resolve(reportsDir, report.at.replaceAll(/[:.]/g, "-"));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(folder, "report.html"), reportPage(report));
  return folder;
}
