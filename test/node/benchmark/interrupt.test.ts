import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";

const urlOf = (file: string) => JSON.stringify(resolve(import.meta.dirname, "../../..", file));

/** A command that starts a server of its own and then has long to do. */
const commandIn = (folder: string) => `
  import { startLedgerBench } from ${urlOf("bench/ledger/ledger-bench.ts")};
  console.log((await startLedgerBench(${JSON.stringify(folder)})).pid);
  setTimeout(() => {}, 600_000);`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "leaves no server behind when %s ends a command",
  async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), "spike-interrupt-"));
    const child = spawn(process.execPath, ["--input-type=module", "--eval", commandIn(folder)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const gone = once(child, "exit");
      const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
      const server = Number(line);
      expect(isAlive(server)).toBe(true);
      child.kill(signal);
      expect(await gone).toEqual([1, null]);
      await expect.poll(() => isAlive(server)).toBe(false);
    } finally {
      child.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    }
  },
);
