import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inProject, projectEnvironment } from "../../../scripts/project.ts";

/** A small house with the project's rules in it: the files by path, with what each one imports. */
const SOUND: Record<string, string> = {
  "workers/index.ts": `export * from "./app.ts";`,
  "workers/app.ts": `import "hono"; import "./edge/a.ts"; export * from "./spike/routes.ts";`,
  "workers/edge/a.ts": `import type { Hono } from "hono"; export type { B } from "../shared/b.ts"; export type H = Hono;`,
  "workers/spike/routes.ts": `import "@hono/zod-openapi"; import "../edge/a.ts"; export * from "./buy.ts";`,
  "workers/spike/buy.ts": `import "../order/pay.ts"; export * from "../platform/ledger.ts";`,
  "workers/order/pay.ts": `import "../database/schema.ts"; export const pay = 1;`,
  "workers/platform/ledger.ts": `export type * from "../../durable-objects/stock/messages.ts";`,
  "workers/database/schema.ts": `import type { B } from "../shared/b.ts"; export const schema: B = 1;`,
  "workers/shared/b.ts": `import "lru-cache"; export type B = number;`,
  "durable-objects/stock/stock.ts": `import "./messages.ts"; import "../gate/messages.ts"; export * from "../../workers/shared/b.ts";`,
  "durable-objects/stock/messages.ts": `export type M = 1;`,
  "durable-objects/gate/messages.ts": `export type { M } from "../stock/messages.ts";`,
  "scripts/tool.ts": `export const tool = 1;`,
};

/** One wrong line each, and the rule that must name it. */
const WRONG: [rule: string, file: string, line: string][] = [
  ["no-cycles", "workers/order/pay.ts", `import "../spike/buy.ts";`],
  ["shared-is-the-ground", "workers/shared/b.ts", `import type { schema } from "../database/schema.ts";`],
  ["shared-is-the-ground", "workers/shared/b.ts", `export * from "../platform/ledger.ts";`],
  ["shared-is-the-ground", "workers/shared/b.ts", `export const late = () => import("../order/pay.ts");`],
  ["database-is-schemas", "workers/database/schema.ts", `import "../platform/ledger.ts";`],
  ["platform-is-below-services", "workers/platform/ledger.ts", `import "../order/pay.ts";`],
  [
    "platform-is-below-services",
    "workers/platform/ledger.ts",
    `import "../../durable-objects/stock/stock.ts";`,
  ],
  ["services-are-below-the-app", "workers/order/pay.ts", `import "../../durable-objects/stock/stock.ts";`],
  ["edge-is-below-the-app", "workers/edge/a.ts", `import "../../durable-objects/stock/messages.ts";`],
  ["objects-stand-alone", "durable-objects/stock/stock.ts", `import "../../workers/order/pay.ts";`],
  ["the-worker-stands-alone", "workers/app.ts", `import "../scripts/tool.ts";`],
  ["only-routes-know-http", "workers/order/pay.ts", `import type { Context } from "hono";`],
  ["only-routes-know-http", "durable-objects/stock/stock.ts", `import "hono/cookie";`],
  ["only-services-know-the-wire", "workers/shared/b.ts", `import "@hono/zod-openapi";`],
  ["middleware-is-for-routes", "workers/order/pay.ts", `import "../edge/a.ts";`],
  ["nobody-imports-the-entry", "workers/spike/routes.ts", `import "../app.ts";`],
];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spike-imports-"));
  await symlink(inProject("node_modules"), join(folder, "node_modules"));
  for (const file of [".dependency-cruiser.cjs", "tsconfig.json", "package.json"]) {
    await cp(inProject(file), join(folder, file));
  }
  for (const [file, text] of Object.entries(SOUND)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** The violations as `rule: from`. */
function violations(): string[] {
  const args = ["--config", ".dependency-cruiser.cjs", "--output-type", "json", "workers", "durable-objects"];
  const { stdout, stderr } = spawnSync("depcruise", args, {
    cwd: folder,
    encoding: "utf8",
    env: projectEnvironment(),
  });
  if (stdout === "") throw new Error(stderr);
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string }; from: string }[] };
  };
  return summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
}

describe("the import rules", () => {
  it("let a sound house stand", () => {
    expect(violations()).toEqual([]);
  });

  it.each(WRONG)("%s: notices in %s the line %s", async (rule, file, line) => {
    const path = join(folder, file);
    try {
      await writeFile(path, `${line} ${SOUND[file]}`);
      expect(violations()).toContain(`${rule}: ${file}`);
    } finally {
      await writeFile(path, SOUND[file] ?? "");
    }
  });
});
