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

/** So many files that failed may have failed by chance; more are a fault that a second try only delays. */
const SECOND_TRY_MAX_FILES = 5;

/** Runs vitest and says what came of it. `name` tells the reports of several runs apart. */
async function runTests(name: string, args: string[]) {
  const file = inProject(`node_modules/.cache/${name}.json`);
  await rm(file, { force: true });
  // What a passing test logs on purpose would bury what failed.
  const reporters = ["--silent=passed-only", "--reporter=default", "--reporter=json"];
  const passed = await succeeds("vitest", ["run", ...reporters, `--outputFile.json=${file}`, ...args]);
  const report = JSON.parse(await readFile(file, "utf8")) as Report;
  const failedFiles = report.testResults.flatMap(({ name, status }) => (status === "failed" ? [name] : []));
  return { ...report, passed, failedFiles };
}

/**
 * `npm test`: every test, those of the Worker inside the Workers runtime. Arguments go to vitest, such as
 * `npm test -- test/workers/problems.test.ts`. Of a run of everything a few files that failed get a second try, alone on
 * the machine, and are named also when they pass it: such a test is to be mended, but it stops nobody's work meanwhile.
 */
async function test(): Promise<void> {
  const args = process.argv.slice(2);
  console.log(
    "Running all tests. They need no account and no network, and take ten to fifteen minutes on two cores.",
  );
  const { failedFiles, ...first } = await runTests("test-report", args);
  for (const name of failedFiles) console.log(`FAILED ${name}`);
  let { passed, numFailedTests: failed } = first;
  const isWorthIt = failedFiles.length > 0 && failedFiles.length <= SECOND_TRY_MAX_FILES;
  if (!passed && isWorthIt && args.length === 0) {
    console.log("\nTrying what failed once more.");
    const second = await runTests("second-try", failedFiles);
    for (const name of failedFiles)
      console.log(
        `${second.failedFiles.includes(name) ? "FAILED AGAIN" : "PASSED ONLY AT THE SECOND TRY"} ${name}`,
      );
    ({ passed, numFailedTests: failed } = second);
  }
  const run = first.numPassedTests + first.numFailedTests;
  const skipped = first.numPendingTests + first.numTodoTests;
  console.log(`\n${run - failed} passed, ${failed} failed, ${skipped} skipped`);
  if (!passed) throw new CommandError("The tests failed.");
}

await main(test);
