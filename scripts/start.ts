import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { parseEnv } from "node:util";
import { CommandError, main, run } from "./command.ts";
import { assertSound } from "./configuration.ts";
import { seedDemo } from "./demo/seed.ts";
import { untilHealthy } from "./health.ts";
import { choosePort } from "./port.ts";
import { projectEnvironment, ROOT } from "./project.ts";
import { ensureSecrets, SECRETS_FILE } from "./secrets.ts";
import { environmentOf, readWranglerFile } from "./serve/config.ts";
import { exitOf } from "./serve/workerd.ts";

const HOST = "127.0.0.1";
const PORT_DEFAULT = 8787;
/** How often the Worker's cron trigger is due, as wrangler.toml has it; wrangler leaves it to others locally. */
const CRON_MS = 60_000;
const CRON_PATH = "/cdn-cgi/local/scheduled";
/** wrangler neither asks nor reports anything, nor fetches what it can do without. */
const QUIET_WRANGLER = {
  CI: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
};

/** `npm start`: Spike in wrangler's development server, with a demo catalogue, until Ctrl-C. */
async function start(): Promise<void> {
  const port = await choosePort(PORT_DEFAULT, HOST);
  // wrangler reads the file, never the environment, so neither does this.
  const { secrets, made } = await ensureSecrets(SECRETS_FILE, {});
  const secretsFile = relative(process.cwd(), SECRETS_FILE);
  if (made.length > 0) console.log(`Made ${made.join(", ")} in ${secretsFile}`);
  // In wrangler's development server the file overrides the variables of wrangler.toml as well.
  const given = parseEnv(await readFile(SECRETS_FILE, "utf8"));
  const wranglerFile = environmentOf(await readWranglerFile(), undefined);
  assertSound(wranglerFile, given, (secret) => `in ${secretsFile}, as ${secret}="…"`);
  console.log("Applying database migrations");
  await run("wrangler", ["d1", "migrations", "apply", "DB", "--local"], QUIET_WRANGLER);

  const wrangler = startWrangler(port);
  const exited = exitOf(wrangler);
  const url = `http://${HOST}:${port}`;
  await untilHealthy(url, exited);
  const cron = setInterval(() => void fetch(`${url}${CRON_PATH}`).catch(() => undefined), CRON_MS);
  await seedDemo(url, secrets);
  console.log(`
Spike is ready. Ctrl-C ends it.
  Sales       ${url}/
  API         ${url}/docs (as OpenAPI: ${url}/openapi.json)
  Admin       ${secrets.ADMIN_USERNAME}; the password is ADMIN_PASSWORD in ${secretsFile}
`);
  const { code } = await exited;
  clearInterval(cron);
  if (code !== 0 && !stopping) throw new CommandError(`wrangler dev ended with code ${code}`);
}

let stopping = false;

function startWrangler(port: number): ChildProcess {
  const args = ["dev", "--ip", HOST, "--port", String(port), "--show-interactive-dev-session=false"];
  const wrangler = spawn("wrangler", args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: projectEnvironment(QUIET_WRANGLER),
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      stopping = true;
      wrangler.kill(signal);
    });
  }
  process.on("exit", () => wrangler.kill());
  return wrangler;
}

await main(start);
