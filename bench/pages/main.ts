import { type Browser, chromium } from "playwright-core";
import { build } from "../../scripts/build.ts";
import { launchChromium } from "../../scripts/chromium.ts";
import { seedDemo } from "../../scripts/demo/seed.ts";
import { makeSecrets } from "../../scripts/secrets.ts";
import { startServer } from "../../scripts/serve/server.ts";
import { makeTemporaryFolder } from "../../scripts/temporary-folder.ts";
import { median } from "../gather/gather.ts";
import { exitWhenInterrupted } from "../interrupts.ts";
import { runCommand } from "../rehearsal/command.ts";
import { describeMachine } from "../report/machine.ts";
import { table } from "../report/table.ts";
import { type Line, LINES, type Load, loadPage, type Subject } from "./load.ts";
import { PAGES_USAGE, type PagesOptions, readPagesOptions } from "./options.ts";

const PHONE = { viewport: { width: 390, height: 844 }, locale: "en-GB" };

interface Row {
  page: string;
  line: string;
  load: Load;
}

/** `npm run bench:pages`: reports, and asserts nothing. */
async function run(options: PagesOptions): Promise<void> {
  const release = exitWhenInterrupted();
  await build();
  const folder = await makeTemporaryFolder("bench-pages");
  const secrets = makeSecrets();
  const server = await startServer({ stateDir: folder.path, secrets, output: "ignore" });
  const chromiumServer = await launchChromium();
  try {
    await seedDemo(server.url, secrets);
    const browser = await chromium.connect(chromiumServer.wsEndpoint());
    const rows = await measureAll(browser, server.url, await subjectsOf(server.url), options.rounds);
    print(rows, options);
  } finally {
    await chromiumServer.close();
    server.kill();
    await server.exited;
    await folder.remove();
    release();
  }
}

async function subjectsOf(url: string): Promise<Subject[]> {
  const answer = await fetch(`${url}/api/spikes`);
  const { spikes } = (await answer.json()) as { spikes: { id: string }[] };
  return [
    { name: "the list", path: "/en", ready: ".card" },
    { name: "a sale", path: `/en/spikes/${spikes[0]?.id}`, ready: "#buy-link" },
    { name: "the login form", path: "/en/login", ready: "#account-form [type=submit]" },
    { name: "the dashboard, from outside", path: "/admin", ready: "#screen:not([aria-busy])" },
  ];
}

/** The first load of each page warms the server up and is not counted. */
async function measureAll(
  browser: Browser,
  baseURL: string,
  subjects: Subject[],
  rounds: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const line of LINES) {
    for (const subject of subjects) rows.push(await measure(browser, baseURL, subject, line, rounds));
  }
  return rows;
}

async function measure(
  browser: Browser,
  baseURL: string,
  subject: Subject,
  line: Line,
  rounds: number,
): Promise<Row> {
  const loads: Load[] = [];
  for (let round = 0; round <= rounds; round++) {
    const load = await loadPage(browser, subject, line, { ...PHONE, baseURL });
    if (round > 0) loads.push(load);
  }
  process.stderr.write(`${subject.name}, ${line.name}\n`);
  const names = Object.keys(loads[0] ?? {}) as (keyof Load)[];
  const medians = names.map((name) => [name, median(loads.map((load) => load[name]))]);
  return { page: subject.name, line: line.name, load: Object.fromEntries(medians) as Load };
}

function print(rows: Row[], options: PagesOptions): void {
  const columns = [
    "first paint",
    "largest paint",
    "loaded",
    "ready",
    "long tasks",
    "longest",
    "shift",
    "requests",
  ];
  console.log(
    table(
      ["page, ms (medians)", "on", ...columns],
      rows.map(({ page, line, load }) => [
        page,
        line,
        ...[load.firstPaintMs, load.largestPaintMs, load.loadedMs, load.readyMs].map((ms) => ms.toFixed(0)),
        load.longTasks.toFixed(0),
        load.longestTaskMs.toFixed(0),
        load.layoutShift.toFixed(3),
        load.requests.toFixed(0),
      ]),
    ),
  );
  if (options.json) console.log(JSON.stringify({ machine: describeMachine(), options, rows }));
}

await runCommand(readPagesOptions, PAGES_USAGE, run);
