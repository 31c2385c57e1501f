import { runCommand } from "../rehearsal/command.ts";
import { showProgress } from "../rehearsal/progress.ts";
import { printReport } from "../report/print.ts";
import { crashTest } from "./crash.ts";
import { CRASH_USAGE, type CrashOptions, readCrashOptions } from "./options.ts";

/** `npm run crash-test`: exit code 0 for PASS, 1 for FAIL or a test that could not be held. */
async function run(options: CrashOptions): Promise<void> {
  const progress = showProgress(options.rehearsal.users, options.rehearsal.stock);
  const report = await crashTest(options, (sale) => progress.watch(sale)).finally(() => progress.stop());
  await printReport(report);
}

await runCommand(readCrashOptions, CRASH_USAGE, run);
