import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { createConnection } from "mysql2/promise";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findMySql } from "../mysql/server.ts";

const urlOf = (file: string) => JSON.stringify(resolve(import.meta.dirname, "../../..", file));

/** A command that starts what `code` does, prints what that says, and then has long to do. */
const commandOf = (code: string) => `
  import { startBareServer } from ${urlOf("bench/refusals/bare-server.ts")};
  import { makeTemporaryDatabase } from ${urlOf("bench/load/temporary-database.ts")};
  console.log(${code});
  setTimeout(() => {}, 600_000);`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const mysql = await findMySql();

describe.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("a command that %s ends", (signal) => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "spike-interrupt-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Interrupts a command as soon as it has said something. @param check is told what, before and after. */
  async function interrupt(code: string, check: (line: string, when: "before" | "after") => Promise<void>) {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", commandOf(code)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: folder },
    });
    try {
      const gone = once(child, "exit");
      const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
      await check(line, "before");
      child.kill(signal);
      expect(await gone).toEqual([1, null]);
      await check(line, "after");
    } finally {
      child.kill("SIGKILL");
    }
  }

  it("leaves neither a server nor a folder behind", async () => {
    const started = "(await startBareServer({ status: 200, headers: {}, body: '' })).pid";
    await interrupt(started, async (pid, when) => {
      await expect.poll(() => isAlive(Number(pid))).toBe(when === "before");
      expect(await readdir(folder)).toHaveLength(when === "before" ? 1 : 0);
    });
  });

  it.skipIf(!mysql)("leaves no database behind", async () => {
    const made = "(await makeTemporaryDatabase('spike_interrupt', process.env)).url.pathname.slice(1)";
    await interrupt(made, async (name, when) => {
      const admin = await createConnection({ uri: mysql?.href ?? "" });
      const [rows] = await admin.query("SHOW DATABASES LIKE ?", [name]);
      await admin.end();
      expect(rows).toHaveLength(when === "before" ? 1 : 0);
    });
  });
});
