import { writeFile } from "node:fs/promises";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** What came of a run of tests, as `scripts/test.ts` reads it. */
export interface TestReport {
  passed: number;
  failed: number;
  skipped: number;
  /** Files of which something failed, be it an error that no test waited for. */
  failedFiles: string[];
  /** Errors outside of every test, of which nobody knows the file. */
  strayErrors: string[];
}

/** Where the report goes. */
export const TEST_REPORT_VARIABLE = "SPIKE_TEST_REPORT";

/** Counts the tests, and names the files that failed: vitest's own JSON knows nothing of errors outside of tests. */
export default class TestReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): Promise<void> {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const failed = modules.filter((module) => !module.ok()).map((module) => module.moduleId);
    const blamed = errors.map((error) => ({ error, file: fileOf(error) }));
    const report: TestReport = {
      passed: count("passed"),
      failed: count("failed"),
      skipped: count("skipped"),
      failedFiles: [...new Set([...failed, ...blamed.flatMap(({ file }) => file ?? [])])],
      strayErrors: blamed.flatMap(({ error, file }) => (file ? [] : [error.message])),
    };
    await writeFile(process.env[TEST_REPORT_VARIABLE] as string, JSON.stringify(report));
  }
}

/** The test file that was running when nobody caught the error, where vitest knows it. */
function fileOf(error: SerializedError): string | undefined {
  const path: unknown = error["VITEST_TEST_PATH"];
  return typeof path === "string" ? path : undefined;
}
