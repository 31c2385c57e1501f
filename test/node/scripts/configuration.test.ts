import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "smol-toml";
import { CommandError } from "../../../scripts/command.ts";
import { assertSound } from "../../../scripts/configuration.ts";
import { inProject, projectEnvironment } from "../../../scripts/project.ts";
import { makeSecrets } from "../../../scripts/secrets.ts";
import {
  bindingsOf,
  environmentOf,
  readWranglerFile,
  type WranglerFile,
} from "../../../scripts/serve/config.ts";

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

describe("a wrangler file in which everything is bound", () => {
  const TEXT = readFileSync(inProject("wrangler.toml"), "utf8");
  /** The file with one thing changed, at its first place: the environment at the top. */
  const withChange = (from: string, to: string): WranglerFile => {
    expect(TEXT).toContain(from);
    return environmentOf(parse(TEXT.replace(from, to)) as unknown as WranglerFile, undefined);
  };

  it.each([
    [
      '"SpikeStock"',
      '"SpikeStok"',
      'The binding SPIKE_STOCK names the class "SpikeStok": set its class_name to "SpikeStock"',
    ],
    [
      'new_sqlite_classes = ["EdgeRedis"]',
      "new_sqlite_classes = []",
      "The class EdgeRedis has no storage: name it in",
    ],
    [
      'queue = "spike-orders"',
      'queue = "sales"',
      'The queue under [[queues.producers]] is "sales": name it "spike-orders"',
    ],
    [
      '[[queues.consumers]]\nqueue = "spike-orders"',
      '[[queues.consumers]]\nqueue = "sales"',
      "Nobody consumes the queue spike-orders: add it",
    ],
    [
      'dead_letter_queue = "spike-orders-dead"',
      "",
      'The dead_letter_queue of spike-orders is "": name it "spike-orders-dead"',
    ],
    ["max_retries = 10", "max_retries = 3", "The consumer of spike-orders has max_retries 3: set it to 10"],
    [
      'queue = "spike-orders-dead"\nmax',
      'queue = "elsewhere"\nmax',
      "Nobody consumes the queue spike-orders-dead: add it",
    ],
    [
      'crons = ["* * * * *"]',
      "crons = []",
      'Nothing runs by cron, which wakes sales and compares databases: set crons = ["* * * * *"]',
    ],
    [
      'GATHER = "on"',
      'GATHER = "on"\nALLOWED_ORIGIN = ""',
      "Nothing reads the variable ALLOWED_ORIGIN under [vars]",
    ],
    [
      'TURNSTILE_SITE_KEY = ""',
      'TURNSTILE_SITE_KEY = "0x"',
      "TURNSTILE_SITE_KEY is set and the secret TURNSTILE_SECRET_KEY is missing",
    ],
  ])("and %s is %s is told what to do", (from, to, sentence) => {
    const start = () => assertSound(withChange(from, to), { ...makeSecrets() });
    expect(start).toThrow(CommandError);
    expect(start).toThrow(`nothing was started.\n- ${sentence}`);
    expect(start).not.toThrow(/\n- [^]*\n- /);
  });

  it("is read, or it is said where it is no TOML", async () => {
    const folder = await mkdtemp(join(tmpdir(), "spike-wrangler-"));
    const file = join(folder, "wrangler.toml");
    await expect(readWranglerFile(file)).rejects.toThrow(CommandError);
    await writeFile(file, "name = 1\n[[vars\n");
    await expect(readWranglerFile(file)).rejects.toThrow(`${file}, line 2, cannot be read: `);
    await rm(folder, { recursive: true });
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
    expect(output).toContain('Set it in the environment or in .dev.vars, as JWT_KEYS="…".');
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it.each([
    [{ HOST: "nowhere.invalid" }, "Set HOST to an address of this machine"],
    [
      { ORDER_STORE: "mysql" },
      'ORDER_STORE is "mysql" and MYSQL_URL is missing. Set it to an address such as mysql://',
    ],
    [{ ALLOWED_ORIGINS: "*" }, 'ALLOWED_ORIGINS holds "*", which is no https origin.'],
    [
      { TURNSTILE_SECRET_KEY: "0x-hidden" },
      "The secret TURNSTILE_SECRET_KEY is set and TURNSTILE_SITE_KEY is empty",
    ],
    [{ EDGE_REDIS_REST_TOKEN: "0x-hidden" }, "The secret EDGE_REDIS_REST_TOKEN has 9 characters"],
    [{ STATE_DIR: inProject("package.json") }, "set STATE_DIR to a folder that may be written"],
  ])("npm run serve says what to do about %o in its environment, in words", async (wrong, sentence) => {
    const { code, output } = await runScript("scripts/serve.ts", [], {
      ...makeSecrets(),
      PORT: "0",
      ...wrong,
    });
    expect(code).toBe(1);
    expect(output).toContain(sentence);
    expect(output).not.toMatch(/0x-hidden|\n\s+at /);
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

  it("npm run deploy says which options it has", async () => {
    const { code, output } = await runScript("scripts/deploy.ts", ["--dryrun"], {});
    expect(code).toBe(1);
    expect(output).toContain("'--dryrun'");
    expect(output).toContain("usage: npm run deploy -- [--env NAME] [--dry-run]");
    expect(output).not.toContain("    at ");
  });
});
