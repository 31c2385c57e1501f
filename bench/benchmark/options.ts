import { oneOf, readFlags } from "../command-line.ts";
import { NOT_QUICK, SCENARIO_NAMES, type ScenarioName } from "./scenarios.ts";

export interface BenchOptions {
  quick: boolean;
  only: ScenarioName | null;
  reportsDir: string;
  json: boolean;
}

export const BENCH_USAGE = `Measures everything that this project claims about speed, each beside its floor or its peer.

  npm run bench

  --quick       fewer rounds and requests, without ${[...NOT_QUICK].join(" and ")}; under two minutes
  --only NAME   ${SCENARIO_NAMES.join(", ")}
  --reports DIR where bench.html and bench.json go, in a folder named after the time (reports)
  --json        print the result as JSON, the last line of the output
  --help        this text

Run it on a machine that does nothing else.`;

const FLAGS = {
  quick: { type: "boolean", default: false },
  only: { type: "string" },
  reports: { type: "string", default: "reports" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** Reads the command line; "help" when that is what was asked for. @throws UsageError */
export function readBenchOptions(args: string[]): BenchOptions | "help" {
  const values = readFlags(args, FLAGS);
  if (values.help) return "help";
  return {
    quick: values.quick,
    only: values.only === undefined ? null : oneOf("only", SCENARIO_NAMES, values.only),
    reportsDir: values.reports,
    json: values.json,
  };
}
