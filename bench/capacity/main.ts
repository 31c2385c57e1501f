import { runCommand } from "../rehearsal/command.ts";
import { expectReportsFolder } from "../report/folder.ts";
import { measureServiceTimes, readServiceTimes } from "./measure.ts";
import { CAPACITY_USAGE, type CapacityOptions, readCapacityOptions } from "./options.ts";
import { planCapacity } from "./plan.ts";
import { planText, serviceTimesText, tiersText, validationText } from "./print.ts";
import { type CapacityReport, writeCapacityReport } from "./report.ts";
import { planTiers } from "./tiers.ts";
import { validate } from "./validate.ts";

/** `npm run capacity`: what a sale needs, simulated; with --validate beside what really happens on this machine. */
async function run(options: CapacityOptions): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  if (options.mode === "measure") {
    console.log(serviceTimesText(await measureServiceTimes(say)));
    return;
  }
  await expectReportsFolder(options.reportsDir);
  const times = await readServiceTimes();
  say(`simulating ${options.users.toLocaleString("en")} shoppers`);
  const report: CapacityReport = {
    at: new Date().toISOString(),
    options,
    times,
    plan: planCapacity(options, times.cpuMs),
    ...(options.mode === "validate"
      ? { tiers: [], validated: await validate(times, say) }
      : { tiers: planTiers(options, times.cpuMs, say), validated: [] }),
  };
  const folder = await writeCapacityReport(report, options.reportsDir);
  console.log(planText(report.plan));
  if (report.tiers.length > 0) console.log(tiersText(report.tiers));
  if (report.validated.length > 0) console.log(validationText(report.validated));
  console.log(`report: ${folder}/capacity.html`);
  if (options.json) console.log(JSON.stringify(report));
}

await runCommand(readCapacityOptions, CAPACITY_USAGE, run);
