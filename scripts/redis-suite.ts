import { spawn } from "node:child_process";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { CommandError, main } from "./command.ts";
import { startRedis } from "./serve/redis.ts";
import { exitOf } from "./serve/workerd.ts";

/** The units of Redis's suite whose commands are here. */
const UNITS = [
  ...["protocol", "keyspace", "scan", "expire", "multi"],
  ...["type/string", "type/incr", "type/list", "type/list-2", "type/list-3"],
  ...["type/hash", "type/set", "type/zset"],
];

interface Result {
  passed: number;
  failed: string[];
  /** Tests that the tags excluded. */
  skipped: number;
  /** Something went wrong outside of a test: those after it did not run. */
  broke: boolean;
}

const HELP = `npm run redis:suite -- --sources DIR [--unit NAME]... [--tags=TAGS] [--durable] [--against HOST:PORT]

Runs Redis's own test suite in external mode. DIR holds the sources of Redis 7.0; tclsh has to be installed.
  --unit NAME      only this one, such as type/list; may be given several times
  --tags=TAGS      as runtest takes them, such as --tags="-needs:repl -slow"
  --durable        goes on after an error outside of a test
  --against H:P    a server that is running, instead of a node of its own`;

function readOptions() {
  try {
    return parseArgs({
      options: {
        sources: { type: "string" },
        unit: { type: "string", multiple: true },
        tags: { type: "string" },
        durable: { type: "boolean", default: false },
        against: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  }
}

/** Runs one unit and counts; every line that is no success is shown. */
async function runUnit(sources: string, unit: string, server: string[], more: string[]): Promise<Result> {
  const [host = "", port = ""] = server;
  const args = ["--host", host, "--port", port, "--single", `unit/${unit}`, ...more];
  const child = spawn(join(sources, "runtest"), args, { cwd: sources, stdio: ["ignore", "pipe", "inherit"] });
  const exited = exitOf(child);
  const result: Result = { passed: 0, failed: [], skipped: 0, broke: false };
  for await (const coloured of createInterface({ input: child.stdout })) {
    const line = stripVTControlCharacters(coloured);
    if (line.startsWith("[ok]")) result.passed++;
    else if (line.startsWith("[ignore]")) result.skipped++;
    else if (line.startsWith("[err]")) result.failed.push(line.slice("[err]: ".length));
    else if (line.startsWith("[exception]") || line.startsWith("[TIMEOUT]")) result.broke = true;
    if (line.includes("The following tests failed")) break;
  }
  child.stdout.resume();
  const { code } = await exited;
  // Without a failure of a test, it was runtest itself.
  if (code !== 0 && result.failed.length === 0) result.broke = true;
  return result;
}

function show(unit: string, { passed, failed, skipped, broke }: Result): void {
  console.log(
    `${unit.padEnd(14)} ${String(passed).padStart(4)} passed ${String(failed.length).padStart(3)} failed ` +
      `${String(skipped).padStart(3)} skipped${broke ? "  broke off" : ""}`,
  );
  for (const name of failed) console.log(`  FAILED ${name}`);
}

async function suite(): Promise<void> {
  const options = readOptions();
  if (options.help) return console.log(HELP);
  if (options.sources === undefined) throw new CommandError(HELP);
  const sources = resolve(options.sources);
  await access(join(sources, "runtest")).catch(() => {
    throw new CommandError(`${sources} holds no sources of Redis: there is no runtest in it`);
  });
  const more = [...(options.tags ? ["--tags", options.tags] : []), ...(options.durable ? ["--durable"] : [])];
  const stateDir = await mkdtemp(join(tmpdir(), "spike-redis-suite-"));
  const own = options.against
    ? null
    : await startRedis({ stateDir, host: "127.0.0.1", port: 0, password: null, output: "inherit" });
  const server = options.against?.split(":") ?? ["127.0.0.1", String(own?.port)];
  let failures = 0;
  try {
    for (const unit of options.unit ?? UNITS) {
      const result = await runUnit(sources, unit, server, more);
      show(unit, result);
      failures += result.failed.length + (result.broke ? 1 : 0);
    }
  } finally {
    own?.kill();
    await own?.exited;
    await rm(stateDir, { recursive: true, force: true });
  }
  if (failures > 0) throw new CommandError(`${failures} did not hold`);
}

await main(suite);
