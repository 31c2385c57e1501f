import { readFile, rm } from "node:fs/promises";
import { CommandError, main, succeeds } from "./command.ts";
import { inProject } from "./project.ts";

/** What is needed here of vitest's JSON report. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string }[];
}

/**
 * `npm test`: every test, those of the Worker inside the Workers runtime. Arguments go to vitest, such as
 * `npm test -- test/workers/problems.test.ts`.
 */
async function test(): Promise<void> {
  const report = inProject("node_modules/.cache/test-report.json");
  console.log(
    "Running all tests. They need no account and no network, and take five to ten minutes on two cores.",
  );
  await rm(report, { force: true });
  // What a passing test logs on purpose would bury what failed.
  const reporters = [
    "--silent=passed-only",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  const passed = await succeeds("vitest", ["run", ...reporters, ...process.argv.slice(2)]);
  const { testResults, ...counts } = JSON.parse(await readFile(report, "utf8")) as Report;
  for (const { name } of testResults.filter((file) => file.status === "failed"))
    console.log(`FAILED ${name}`);
  const skipped = counts.numPendingTests + counts.numTodoTests;
  console.log(`\n${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${skipped} skipped`);
  if (!passed) throw new CommandError("The tests failed.");
}

await main(test);
