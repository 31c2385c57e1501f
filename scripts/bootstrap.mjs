/*
 * The door every npm script comes in by. It runs on any Node ≥ 20 and needs nothing installed:
 * it installs what the lock file names, then hands over to the Node that was installed with it,
 * which runs TypeScript as it is.
 *
 *     node scripts/bootstrap.mjs scripts/serve.ts --port 8788
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIN = join(ROOT, "node_modules", ".bin");

/** The first Node that strips types by itself and satisfies wrangler. */
const NODE_MIN_MAJOR = 24;

/** True when `node_modules` holds what `package-lock.json` names; npm notes there what it installed. */
export function isInstalled(root = ROOT) {
  const installed = readPackages(join(root, "node_modules", ".package-lock.json"));
  const wanted = readPackages(join(root, "package-lock.json"));
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "" || version === undefined) return true;
    const found = installed[path]?.version;
    // An optional package is left out where it does not fit the machine, such as another system's binary.
    return found === version || (optional === true && found === undefined);
  });
}

function readPackages(lockFile) {
  if (!existsSync(lockFile)) return {};
  return JSON.parse(readFileSync(lockFile, "utf8")).packages ?? {};
}

function install() {
  console.error("Installing dependencies (npm ci). The first time this takes one to three minutes.");
  // The npm that runs this script, where there is one; --loglevel=error because packages that want a newer
  // Node than the machine's get it: it is among what is being installed.
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const { status } = spawnSync(npm[0], [...npm.slice(1), "ci", "--loglevel=error"], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    // A production machine builds here too, so development dependencies are never left out.
    env: { ...process.env, npm_config_include: "dev", npm_config_omit: "" },
  });
  if (status !== 0) fail("npm ci failed. Its message is above; nothing was started.");
}

/** The Node to hand over to: the installed one, else the running one if it is new enough. */
function findNode() {
  const installed = join(BIN, process.platform === "win32" ? "node.cmd" : "node");
  for (const node of [installed, process.execPath]) {
    const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
    if (Number(/^v(\d+)/.exec(stdout ?? "")?.[1]) >= NODE_MIN_MAJOR) return node;
  }
  return fail(
    `Node ${NODE_MIN_MAJOR} is missing: the install script of the npm package "node" did not run, perhaps because ` +
      `install scripts are switched off (ignore-scripts). Run "npm rebuild node --ignore-scripts=false", ` +
      `or install Node ${NODE_MIN_MAJOR} yourself.`,
  );
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** How soon a command ends after the npm that started it, in milliseconds. */
const NPM_WATCH_MS = 500;

/** npm starts scripts through a shell that passes no signal on: when npm is killed, only its absence tells. */
function endWithNpm(child) {
  if (!process.env.npm_lifecycle_event) return;
  const shell = process.ppid;
  setInterval(() => process.ppid === shell || child.kill("SIGTERM"), NPM_WATCH_MS).unref();
}

function handOver(script, args) {
  const child = spawn(findNode(), [script, ...args], {
    stdio: "inherit",
    env: { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH ?? ""}` },
  });
  // Ctrl-C reaches the child from the terminal by itself; here it only must not end the parent first.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  endWithNpm(child);
  child.on("error", (error) => fail(`cannot run ${script}: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) fail("usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENTS]");
  if (!isInstalled()) install();
  handOver(join(ROOT, script), args);
}
