import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isInstalled } from "../../../scripts/bootstrap.mjs";
import { inProject } from "../../../scripts/project.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "spike-bootstrap-"));
  await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const lock = (packages: Record<string, object>) => JSON.stringify({ packages });

async function project(wanted: Record<string, object>, installed?: Record<string, object>): Promise<void> {
  await writeFile(join(folder, "package-lock.json"), lock(wanted));
  if (installed) await writeFile(join(folder, "node_modules/.package-lock.json"), lock(installed));
}

describe("isInstalled", () => {
  const root = { "": { version: "0.1.0" } };
  const a = { "node_modules/a": { version: "1.0.0" } };

  it("is true when each package is there in the version the lock file names", async () => {
    await project({ ...root, ...a }, a);
    expect(isInstalled(folder)).toBe(true);
  });

  it("is false on a fresh clone, and when an installation was broken off", async () => {
    await project({ ...root, ...a });
    expect(isInstalled(folder)).toBe(false);
  });

  it("is false for another version or a missing package", async () => {
    await project({ ...root, ...a }, { "node_modules/a": { version: "1.0.1" } });
    expect(isInstalled(folder)).toBe(false);
    await project({ ...root, ...a }, {});
    expect(isInstalled(folder)).toBe(false);
  });

  it("does without an optional package that does not fit the machine, but not with another version", async () => {
    const binary = { "node_modules/b": { version: "2.0.0", optional: true } };
    await project({ ...root, ...a, ...binary }, a);
    expect(isInstalled(folder)).toBe(true);
    await project({ ...root, ...a, ...binary }, { ...a, "node_modules/b": { version: "1.0.0" } });
    expect(isInstalled(folder)).toBe(false);
  });
});

describe("the command", () => {
  async function runIn(folderNode: string | null) {
    await project({}, {});
    await mkdir(join(folder, "scripts"));
    await cp(inProject("scripts/bootstrap.mjs"), join(folder, "scripts/bootstrap.mjs"));
    await writeFile(
      join(folder, "scripts/hello.ts"),
      `const args: string[] = process.argv.slice(2); console.log(args.join()); process.exit(args.length);`,
    );
    if (folderNode) {
      await writeFile(join(folder, "node_modules/.bin/node"), folderNode, { mode: 0o755 });
    }
    return (node: string) =>
      spawnSync(node, ["scripts/bootstrap.mjs", "scripts/hello.ts", "one", "two"], {
        cwd: folder,
        encoding: "utf8",
      });
  }

  it("hands over to the installed Node with all arguments and takes over its exit code", async () => {
    const run = await runIn(`#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
    expect(run(process.execPath)).toMatchObject({ status: 2, stdout: "one,two\n" });
  });

  it("uses the running Node when the installed one did not arrive", async () => {
    const run = await runIn(null);
    expect(run(process.execPath)).toMatchObject({ status: 2, stdout: "one,two\n" });
  });

  it("says what to do when there is only an old Node", async () => {
    const run = await runIn(`#!/bin/sh\necho v20.1.0\n`);
    // A Node that claims to be old, and runs what it is told to.
    const old = join(folder, "old-node");
    const preload = join(folder, "old.cjs");
    await writeFile(preload, `process.execPath = ${JSON.stringify(join(folder, "node_modules/.bin/node"))};`);
    await writeFile(old, `#!/bin/sh\nexec "${process.execPath}" -r "${preload}" "$@"\n`, { mode: 0o755 });
    const { status, stderr } = run(old);
    expect(status).toBe(1);
    expect(stderr).toContain("Node 24 is missing");
    expect(stderr).toContain("npm rebuild node");
  });
});
