import { printReport } from "../report/print.ts";
import type { RehearsalReport } from "../report/report.ts";
import { runCommand } from "./command.ts";
import { readOptions, type RehearsalOptions, USAGE } from "./options.ts";
import { showProgress } from "./progress.ts";
import { rehearse } from "./rehearsal.ts";
import { setStage } from "./stage.ts";

/** `npm run rehearse`: exit code 0 for PASS, 1 for FAIL or a rehearsal that could not be held. */
async function run(options: RehearsalOptions): Promise<void> {
  const progress = showProgress(options.users, options.stock);
  let report: RehearsalReport;
  try {
    const prepared = (done: number) => progress.preparing(done, options.users);
    const stage = await setStage(options, process.env, prepared);
    try {
      report = await rehearse(stage, options, "rehearsal", (sale) => progress.watch(sale));
    } finally {
      await stage.close();
    }
  } finally {
    progress.stop();
  }
  await printReport(report);
}

await runCommand(readOptions, USAGE, run);
