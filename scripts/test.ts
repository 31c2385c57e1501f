import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { CommandError, main, succeeds } from "./command.ts";
import { inProject } from "./project.ts";
import { TEST_REPORT_VARIABLE, type TestReport } from "./test-report.ts";

/** So many files that failed may have failed by chance; more are a fault that a second try only delays. */
const SECOND_TRY_MAX_FILES = 5;

/** Runs vitest and says what came of it. `name` tells the reports of several runs apart. */
async function runTests(name: string, args: string[]): Promise<TestReport & { isGood: boolean }> {
  const file = inProject(`node_modules/.cache/${name}.json`);
  await rm(file, { force: true });
  await mkdir(dirname(file), { recursive: true });
  // What a passing test logs on purpose would bury what failed.
  const reporters = ["--silent=passed-only", "--reporter=default", "--reporter=./scripts/test-report.ts"];
  const environment = { [TEST_REPORT_VARIABLE]: file };
  const isGood = await succeeds("vitest", ["run", ...reporters, ...args], environment);
  return { ...(JSON.parse(await readFile(file, "utf8")) as TestReport), isGood };
}

/**
 * `npm test`: every test, those of the Worker inside the Workers runtime. Arguments go to vitest, such as
 * `npm test -- test/workers/problems.test.ts`. Of a run of everything a few files that failed get a second try, alone on
 * the machine, and are named also when they pass it: such a test is to be mended, but it stops nobody's work meanwhile.
 * A file fails by an error that no test waited for as well.
 */
async function test(): Promise<void> {
  const args = process.argv.slice(2);
  console.log(
    "Running all tests. They need no account and no network, and take ten to fifteen minutes on two cores.",
  );
  const first = await runTests("test-report", args);
  const { failedFiles } = first;
  for (const name of failedFiles) console.log(`FAILED ${name}`);
  for (const message of first.strayErrors) console.log(`FAILED outside of every test file: ${message}`);
  let { isGood, failed } = first;
  const isWorthIt = failedFiles.length > 0 && failedFiles.length <= SECOND_TRY_MAX_FILES;
  if (!isGood && isWorthIt && first.strayErrors.length === 0 && args.length === 0) {
    console.log("\nTrying what failed once more.");
    const second = await runTests("second-try", failedFiles);
    for (const name of failedFiles)
      console.log(
        `${second.failedFiles.includes(name) ? "FAILED AGAIN" : "PASSED ONLY AT THE SECOND TRY"} ${name}`,
      );
    ({ isGood, failed } = second);
  }
  const run = first.passed + first.failed;
  console.log(`\n${run - failed} passed, ${failed} failed, ${first.skipped} skipped`);
  if (!isGood) throw new CommandError("The tests failed.");
}

await main(test);
