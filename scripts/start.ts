import { type ChildProcess, spawn } from "node:child_process";
import { relative } from "node:path";
import { CommandError, main, run } from "./command.ts";
import { untilHealthy } from "./health.ts";
import { choosePort } from "./port.ts";
import { projectEnvironment, ROOT } from "./project.ts";
import { ensureSecrets, SECRETS_FILE } from "./secrets.ts";
import { exitOf } from "./serve/workerd.ts";

const HOST = "127.0.0.1";
const PORT_DEFAULT = 8787;
/** wrangler neither asks nor reports anything. */
const QUIET_WRANGLER = { WRANGLER_SEND_METRICS: "false", WRANGLER_SEND_ERROR_REPORTS: "false", CI: "true" };

/** `npm start`: Spike in wrangler's development server, with a demo catalogue, until Ctrl-C. */
async function start(): Promise<void> {
  const port = await choosePort(PORT_DEFAULT, HOST);
  // wrangler reads the file, never the environment, so neither does this.
  const { made } = await ensureSecrets(SECRETS_FILE, {});
  const secretsFile = relative(process.cwd(), SECRETS_FILE);
  if (made.length > 0) console.log(`Made ${made.join(", ")} in ${secretsFile}`);
  console.log("Applying database migrations");
  await run("wrangler", ["d1", "migrations", "apply", "DB", "--local"], QUIET_WRANGLER);
  const wrangler = startWrangler(port);
  const exited = exitOf(wrangler);
  const url = `http://${HOST}:${port}`;
  await untilHealthy(url, exited);
  console.log(`
Spike is ready. Ctrl-C ends it.
  Sales       ${url}/api/spikes
  API         ${url}/docs (OpenAPI: ${url}/openapi.json)
  Admin       "ADMIN_USERNAME" and "ADMIN_PASSWORD" in ${secretsFile}
`);
  const { code } = await exited;
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
  // From a terminal Ctrl-C reaches wrangler as well, and a second signal makes no difference to it.
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
