import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { cpuSeconds } from "../../scripts/serve/process-stats.ts";
import { startWorkerd, type Workerd } from "../../scripts/serve/workerd.ts";
import { makeTemporaryFolder } from "../../scripts/temporary-folder.ts";
import { median } from "../gather/gather.ts";
import { exitWhenInterrupted } from "../interrupts.ts";
import { describeMachine } from "../report/machine.ts";
import { type Verdict, verdictTable } from "../report/verdict.ts";

export interface LedgerRound {
  perSecond: number;
  /** Of the whole server, per reservation. */
  cpuMs: number;
}

/** A workerd with ledgers alone. */
export interface LedgerServer extends Pick<Workerd, "pid" | "port"> {
  /** Ends it and removes its state. */
  stop(): Promise<void>;
}

export async function startLedgerBench(): Promise<LedgerServer> {
  const release = exitWhenInterrupted();
  const folder = await makeTemporaryFolder("bench-ledger");
  const configFile = join(folder.path, "wrangler.json");
  const config = {
    name: "bench-ledger",
    main: resolve(import.meta.dirname, "worker.ts"),
    compatibility_date: "2026-11-01",
    durable_objects: { bindings: [{ name: "BENCH", class_name: "BenchLedger" }] },
    migrations: [{ tag: "v1", new_sqlite_classes: ["BenchLedger"] }],
  };
  await writeFile(configFile, JSON.stringify(config));
  const workerd = await startWorkerd({ configFile, host: "127.0.0.1", port: 0, output: "inherit" });
  return {
    pid: workerd.pid,
    port: workerd.port,
    async stop() {
      workerd.kill("SIGKILL");
      await workerd.exited;
      await folder.remove();
      release();
    },
  };
}

/** Makes reservations in the ledger called `name`, each batch committed before the next. */
export async function reserve(
  { pid, port }: LedgerServer,
  name: string,
  { batch, count }: { batch: number; count: number },
): Promise<LedgerRound> {
  const cpuBefore = cpuSeconds(pid) ?? Number.NaN;
  const start = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/${name}?count=${count}&batch=${batch}`);
  if (!response.ok) throw new Error(`the bench worker answered ${response.status}: ${await response.text()}`);
  const seconds = (performance.now() - start) / 1000;
  const cpuMs = (((cpuSeconds(pid) ?? Number.NaN) - cpuBefore) * 1000) / count;
  return { perSecond: count / seconds, cpuMs };
}

export function medianOf(rounds: LedgerRound[]): LedgerRound {
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    cpuMs: median(rounds.map(({ cpuMs }) => cpuMs)),
  };
}

/** Prints the verdicts, or with `--json` all figures as JSON, as the last line. */
export function report(verdicts: Verdict[], figures: Record<string, unknown>): void {
  const isJson = process.argv.includes("--json");
  console.log(
    isJson ? JSON.stringify({ machine: describeMachine(), verdicts, ...figures }) : verdictTable(verdicts),
  );
  if (verdicts.some(({ holds }) => !holds)) process.exitCode = 1;
}

/** Cells of a table: reservations a second, and CPU milliseconds each. */
export function describe({ perSecond, cpuMs }: LedgerRound): string[] {
  return [perSecond.toFixed(0), cpuMs.toFixed(3)];
}
