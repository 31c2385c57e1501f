import { spawn } from "node:child_process";
import { once } from "node:events";
import { inProject } from "../../scripts/project.ts";
import type { ScenarioName, ScenarioResult } from "./scenarios.ts";

/** Benchmarks that are commands of their own, and are part of the whole. */
type CommandScenario = Extract<ScenarioName, "refusals" | "ledger" | "orders">;

const COMMANDS: Record<CommandScenario, { title: string; args: string[]; quick: string[] }> = {
  refusals: {
    title: "Each refusal beside a bare Response",
    args: ["bench/refusals/main.ts", "--rounds", "10"],
    quick: ["bench/refusals/main.ts", "--rounds", "1"],
  },
  ledger: {
    title: "A reservation in small and large ledgers",
    args: ["bench/ledger/main.ts", "--growth"],
    quick: ["bench/ledger/main.ts"],
  },
  orders: {
    title: "Orders recorded beside a plain insert of the same rows",
    args: ["bench/orders/main.ts", "--rounds", "3"],
    quick: ["bench/orders/main.ts", "--rounds", "1"],
  },
};

/** Runs such a command; what it prints is its result. */
export async function runCommandScenario(name: CommandScenario, quick: boolean): Promise<ScenarioResult> {
  const command = COMMANDS[name];
  const [script = "", ...args] = quick ? command.quick : command.args;
  const child = spawn(process.execPath, [inProject(script), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
  const claim = `${script} ${args.join(" ")} ends well`;
  return {
    name,
    title: command.title,
    series: [],
    verdicts: [{ claim, found: `code ${code}`, holds: code === 0 }],
    text: lines.join("\n"),
    remarks: [],
  };
}
