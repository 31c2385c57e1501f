import { spawn } from "node:child_process";
import { once } from "node:events";
import { atExit } from "../../scripts/at-exit.ts";
import { inProject } from "../../scripts/project.ts";
import { exitWhenInterrupted } from "../interrupts.ts";
import { type Reading, readLedger, readOrders, readRefusals } from "./readings.ts";
import type { ScenarioName, ScenarioResult } from "./scenarios.ts";

/** Benchmarks that are commands of their own, and are part of the whole. */
type CommandScenario = Extract<ScenarioName, "refusals" | "ledger" | "orders">;

interface Command {
  title: string;
  args: string[];
  quick: string[];
  /** Its verdicts and what there is to draw, in the JSON that it prints last. */
  read: (json: string) => Reading;
}

const COMMANDS: Record<CommandScenario, Command> = {
  refusals: {
    title: "Each refusal beside a bare Response",
    args: ["bench/refusals/main.ts", "--json", "--rounds", "15"],
    quick: ["bench/refusals/main.ts", "--json", "--rounds", "1", "--http-only"],
    read: (json) => readRefusals(JSON.parse(json) as Parameters<typeof readRefusals>[0]),
  },
  ledger: {
    title: "A reservation in small and large ledgers",
    args: ["bench/ledger/main.ts", "--json", "--growth"],
    quick: ["bench/ledger/main.ts", "--json"],
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
  const release = exitWhenInterrupted();
  // It ends its own servers.
  const hasEnded = atExit(() => void child.kill());
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  hasEnded();
  release();
  const isJson = (line: string) => line.startsWith("{");
  const lines = text.split("\n").filter((line) => line !== "");
  const json = lines.findLast(isJson);
  const reading = json === undefined ? null : command.read(json);
  return {
    name,
    title: command.title,
    series: [],
    // It says by its code that a goal was missed, too.
    ...(reading ?? { verdicts: [{ claim: "runs to its end", found: `code ${code}`, holds: false }] }),
    text: lines.filter((line) => !isJson(line)).join("\n"),
    remarks: [],
  };
}
