import { styleText } from "node:util";
import { CommandError, main, succeeds } from "./command.ts";

interface Check {
  name: string;
  program: string;
  args: string[];
}

/** Everything that is checked without running the program. Each works alone as well: `npx oxlint`. */
const CHECKS: Check[] = [
  { name: "format", program: "oxfmt", args: ["--check"] },
  { name: "lint", program: "oxlint", args: ["--deny-warnings"] },
  { name: "types of the Worker", program: "tsc", args: ["-p", "tsconfig.json"] },
  { name: "types of the browser's code", program: "tsc", args: ["-p", "client"] },
  { name: "types of the tools", program: "tsc", args: ["-p", "tsconfig.node.json"] },
  {
    name: "imports run downwards",
    program: "depcruise",
    args: ["--config", ".dependency-cruiser.cjs", "workers", "durable-objects"],
  },
  { name: "nothing unused", program: "knip", args: ["--no-progress"] },
  { name: "generated files are up to date", program: "node", args: ["scripts/check-generated.ts"] },
  { name: "it would deploy", program: "node", args: ["scripts/deploy.ts", "--dry-run"] },
];

/** `npm run check`: all checks, also after one failed, so that one run shows everything. */
async function check(): Promise<void> {
  const failed: string[] = [];
  for (const { name, program, args } of CHECKS) {
    console.log(styleText("bold", `\n— ${name}: ${program} ${args.join(" ")}`));
    if (!(await succeeds(program, args, { WRANGLER_SEND_METRICS: "false", CI: "true" }))) failed.push(name);
  }
  console.log(`\n${CHECKS.length - failed.length} checks passed, ${failed.length} failed`);
  if (failed.length > 0) throw new CommandError(`Failed: ${failed.join(", ")}`);
}

await main(check);
