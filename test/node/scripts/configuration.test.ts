import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assertSound } from "../../../scripts/configuration.ts";
import { inProject, projectEnvironment } from "../../../scripts/project.ts";
import { makeSecrets } from "../../../scripts/secrets.ts";
import { bindingsOf, environmentOf, readWranglerFile } from "../../../scripts/serve/config.ts";

/** Runs a command of package.json and says how it ended. */
async function runScript(script: string, args: string[], environment: NodeJS.ProcessEnv) {
  const child = spawn("node", [inProject(script), ...args], { env: projectEnvironment(environment) });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

describe.each([undefined, "staging", "mysql"])("the environment %s of wrangler.toml", (name) => {
  it("lacks nothing but the secrets", async () => {
    const wrangler = environmentOf(await readWranglerFile(), name);
    expect(() => assertSound(wrangler, { ...makeSecrets() })).not.toThrow();
    expect(() => assertSound(wrangler, {})).toThrow(/nothing was started[^]*ADMIN_USERNAME[^]*JWT_KEYS/);
  });

  it("names what it binds", async () => {
    const bound = bindingsOf(environmentOf(await readWranglerFile(), name));
    expect(bound).toEqual(expect.arrayContaining(["SPIKE_STOCK", "DB", "SETTINGS", "ORDERS", "ASSETS"]));
  });
});

describe("environmentOf", () => {
  const file = {
    ...{ main: "a.ts", compatibility_date: "2026-11-01", vars: { A: "top" }, triggers: { crons: ["*"] } },
    env: { other: { name: "other", vars: { B: "own" } } },
  };

  it("inherits what wrangler inherits, and no variables or bindings", () => {
    const { vars, triggers, name, env } = environmentOf(file, "other");
    expect({ vars, triggers, name, env }).toEqual({
      ...{ vars: { B: "own" }, triggers: { crons: ["*"] }, name: "other", env: undefined },
    });
  });

  it("is the top of the file without a name, and says which environments there are", () => {
    expect(environmentOf(file, undefined).vars).toEqual({ A: "top" });
    expect(() => environmentOf(file, "nowhere")).toThrow("no [env.nowhere]; it has other");
  });
});

describe("with a configuration that cannot work", () => {
  it("npm run serve says what to do and starts nothing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "spike-configuration-"));
    const bad = { JWT_KEYS: "k1:short", ADMIN_USERNAME: "admin", ADMIN_PASSWORD: "long enough a word" };
    const { code, output } = await runScript("scripts/serve.ts", [], {
      ...bad,
      STATE_DIR: folder,
      PORT: "0",
    });
    expect(code).toBe(1);
    expect(output).toContain("A key in the secret JWT_KEYS is cut off. Set the secret");
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it("npm run deploy says what to do and asks no account", async () => {
    const { code, output } = await runScript("scripts/deploy.ts", ["--dry-run"], { JWT_KEYS: "nonsense" });
    expect(code).toBe(1);
    expect(output).toContain("Set the secret JWT_KEYS to");
    expect(output).not.toContain("would run");
    expect(output).not.toContain("nonsense");
  });

  it("npm run deploy knows no environment that the file does not name", async () => {
    const { code, output } = await runScript("scripts/deploy.ts", ["--dry-run", "--env", "nowhere"], {});
    expect(code).toBe(1);
    expect(output).toContain("wrangler.toml has no [env.nowhere]; it has staging, mysql.");
  });
});
