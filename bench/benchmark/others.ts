import { spawn } from "node:child_process";
import { once } from "node:events";
import { inProject } from "../../scripts/project.ts";
import { exitWhenInterrupted } from "../interrupts.ts";
import { readLedger, readOrders, readRefusals } from "./readings.ts";
import type { ScenarioName, ScenarioResult } from "./scenarios.ts";

/** Benchmarks that are commands of their own, and are part of the whole. */
type CommandScenario = Extract<ScenarioName, "refusals" | "ledger" | "orders">;

interface Command {
  title: string;
  args: string[];
  quick: string[];
  /** What there is to draw in the JSON that it prints last. */
  read: (json: string) => Pick<ScenarioResult, "growth" | "comparisons">;
}

const COMMANDS: Record<CommandScenario, Command> = {
  refusals: {
    title: "Each refusal beside a bare Response",
    args: ["bench/refusals/main.ts", "--json", "--rounds", "15"],
    quick: ["bench/refusals/main.ts", "--json", "--rounds", "1"],
    read: (json) => readRefusals(JSON.parse(json) as Parameters<typeof readRefusals>[0]),
  },
  ledger: {
    title: "A reservation in small and large ledgers",
    args: ["bench/ledger/main.ts", "--growth"],
    quick: ["bench/ledger/main.ts"],
    read: (json) => readLedger(JSON.parse(json) as Parameters<typeof readLedger>[0]),
  },
  orders: {
    title: "Orders recorded beside a plain insert of the same rows",
    args: ["bench/orders/main.ts", "--json", "--rounds", "3"],
    quick: ["bench/orders/main.ts", "--json", "--rounds", "1"],
    read: (json) => readOrders(JSON.parse(json) as Parameters<typeof readOrders>[0]),
  },
};

/** Runs such a command; what it prints is its result. */
export async function runCommandScenario(name: CommandScenario, quick: boolean): Promise<ScenarioResult> {
  const command = COMMANDS[name];
  const [script = "", ...args] = quick ? command.quick : command.args;
  const child = spawn(process.execPath, [inProject(script), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  exitWhenInterrupted();
  // It ends its own servers.
  const interrupt = () => void child.kill();
  process.once("exit", interrupt);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  process.off("exit", interrupt);
  const isJson = (line: string) => line.startsWith("{");
  const lines = text.split("\n").filter((line) => line !== "");
  const json = lines.findLast(isJson);
  const claim = `${script} ${args.join(" ")} ends well`;
  return {
    name,
    title: command.title,
    series: [],
    verdicts: [{ claim, found: `code ${code}`, holds: code === 0 }],
    ...(json !== undefined && command.read(json)),
    text: lines.filter((line) => !isJson(line)).join("\n"),
    remarks: [],
  };
}
