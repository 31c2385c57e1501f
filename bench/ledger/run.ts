import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/*
 * How fast is the ledger alone, and what is a batch worth? Run with `node bench/ledger/run.ts`.
 * Rounds alternate between one reservation per transaction and LEDGER_BATCH_MAX of them, in one
 * workerd with fresh state; the medians and their ratio are printed, the last line is JSON. With
 * `--growth` instead: what a reservation costs while one ledger grows to a million of them.
 */

const ROUNDS = 5;
const BATCHES = [1, 100] as const;
/** Reservations in a round, by batch: about a second of work each. */
const COUNT = { 1: 2_000, 100: 20_000 } as const;
/** Reservations in the growing ledger at which a step is measured. */
const GROWTH_SIZES = [10_000, 100_000, 300_000, 1_000_000] as const;
const GROWTH_STEP = 10_000;
const READY_MAX_MS = 20_000;
/** Clock ticks per second in /proc. */
const TICKS_PER_SECOND = 100;

const directory = mkdtempSync(join(tmpdir(), "spike-bench-ledger-"));
const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const server = serve();
try {
  await ready();
  await (process.argv.includes("--growth") ? measureGrowth() : measureBatches());
} finally {
  server.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
}

function serve(): ChildProcess {
  const config = {
    name: "bench-ledger",
    main: resolve(import.meta.dirname, "worker.ts"),
    compatibility_date: "2026-11-01",
    durable_objects: { bindings: [{ name: "BENCH", class_name: "BenchLedger" }] },
    migrations: [{ tag: "v1", new_sqlite_classes: ["BenchLedger"] }],
  };
  const file = join(directory, "wrangler.json");
  writeFileSync(file, JSON.stringify(config));
  const bin = resolve(import.meta.dirname, "../../node_modules/.bin");
  return spawn(
    join(bin, "workerd"),
    ["serve", "--experimental", file, "--socket-addr", `http=127.0.0.1:${port}`],
    {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, PATH: `${bin}:${process.env["PATH"]}` },
    },
  );
}

async function measureBatches(): Promise<void> {
  const rates: Record<number, number[]> = { 1: [], 100: [] };
  await call("/warm/reserve?count=2000&batch=100");
  const cpuMs: Record<number, number[]> = { 1: [], 100: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const batch of BATCHES) {
      const count = COUNT[batch];
      const cpuBefore = cpuSeconds();
      const seconds = await timed(`/round${round}-${batch}/reserve?count=${count}&batch=${batch}`);
      rates[batch]?.push(count / seconds);
      cpuMs[batch]?.push(((cpuSeconds() - cpuBefore) * 1000) / count);
    }
  }
  const [single, batched] = BATCHES.map((batch) => median(rates[batch] ?? []));
  if (!single || !batched) throw new Error("nothing was measured");
  for (const batch of BATCHES) {
    const [rate, cpu] = [median(rates[batch] ?? []), median(cpuMs[batch] ?? [])];
    console.log(
      `batches of ${String(batch).padStart(3)}: ${rate.toFixed(0).padStart(7)} reservations/s, ${cpu.toFixed(3)} CPU ms each`,
    );
  }
  const seconds = await timed("/round0-100/confirm?batch=1000");
  console.log(`confirming:      ${(COUNT[100] / seconds).toFixed(0).padStart(7)} orders/s`);
  const ratio = batched / single;
  console.log(`a batch of 100 is worth ${ratio.toFixed(1)} times one transaction each`);
  console.log(JSON.stringify({ single, batched, ratio }));
}

async function measureGrowth(): Promise<void> {
  let size = 0;
  for (const target of GROWTH_SIZES) {
    for (; size < target; size += GROWTH_STEP) {
      if (size + GROWTH_STEP < target) await call(`/growing/reserve?count=${GROWTH_STEP}&batch=100`);
    }
    const cpuBefore = cpuSeconds();
    const seconds = await timed(`/growing/reserve?count=${GROWTH_STEP}&batch=100`);
    const cpuMs = ((cpuSeconds() - cpuBefore) * 1000) / GROWTH_STEP;
    const rate = (GROWTH_STEP / seconds).toFixed(0).padStart(7);
    console.log(
      `at ${String(size).padStart(9)}: ${rate} reservations/s, ${cpuMs.toFixed(3)} CPU ms each, ${memoryMb()} MB resident`,
    );
  }
}

async function timed(path: string): Promise<number> {
  const start = performance.now();
  await call(path);
  return (performance.now() - start) / 1000;
}

async function call(path: string): Promise<void> {
  const response = await fetch(origin + path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
}

async function ready(): Promise<void> {
  const deadline = performance.now() + READY_MAX_MS;
  for (;;) {
    try {
      return await call("/ready/reserve?count=0&batch=1");
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(50);
    }
  }
}

/** CPU the server has used, user and system, from the operating system. */
function cpuSeconds(): number {
  const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Memory of the whole server, from the operating system. */
function memoryMb(): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address ? done(address.port) : failed(new Error("no port")),
      );
    });
  });
}
