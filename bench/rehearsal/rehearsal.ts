import { Admin } from "../load/admin.ts";
import { judge } from "../load/checks.ts";
import { judgeFairness } from "../load/fairness.ts";
import { figuresOf } from "../load/figures.ts";
import { LoadClient } from "../load/http-client.ts";
import { SETTLE_PATIENCE_MS } from "../load/settle.ts";
import { type FinishedSale, type Plan, runSale, type RunningSale, type Target } from "../load/sale.ts";
import { describeMachine } from "../report/machine.ts";
import type { RehearsalReport } from "../report/report.ts";
import { judgeOutage, type Outage, takeAway } from "./database-away.ts";
import { type RehearsalOptions, windowMsOf } from "./options.ts";
import type { Stage } from "./stage.ts";

/** Half of the hold is left for the network, so that nobody who means to pay is late by thinking. */
const THINK_SHARE_OF_HOLD = 0.25;
const THINK_MAX_MS = 3_000;
/** A sale in which nothing happens for this long, although something is due, is over. */
const STANDSTILL_MS = 60_000;

export function planOf(options: RehearsalOptions): Plan {
  return {
    stock: options.stock,
    arrival: options.arrival,
    windowMs: windowMsOf(options),
    holdSeconds: options.holdSeconds,
    ...(options.stripes > 1 && { stripes: options.stripes }),
    botShare: options.bots,
    seed: options.seed,
    connections: options.connections,
    standstillMs: STANDSTILL_MS + options.databaseAwayMs,
    manners: {
      pay: options.pay,
      cancel: options.cancel,
      breaks: options.breaks,
      keen: options.keen,
      // Who would wait for a database that is away would find the hold over.
      recordPatienceMs: options.databaseAwayMs > 0 ? (options.holdSeconds * 1000) / 4 : SETTLE_PATIENCE_MS,
      thinkMaxMs: Math.min(THINK_MAX_MS, options.holdSeconds * 1000 * THINK_SHARE_OF_HOLD),
    },
  };
}

/** Plays the sale on the stage and judges it. */
export async function rehearse(
  stage: Stage,
  options: RehearsalOptions,
  kind: RehearsalReport["kind"],
  watch: (sale: RunningSale) => void,
): Promise<RehearsalReport> {
  const plan = planOf(options);
  const { database } = stage;
  const { databaseAwayMs } = options;
  let away: Promise<Outage | null> | null = null;
  const play = () =>
    runSale(stage.target, plan, stage.people, (running) => {
      watch(running);
      if (!database || databaseAwayMs === 0) return;
      away = takeAway(database, running, plan.stock, databaseAwayMs);
      // A failure is reported below, after the sale.
      away.catch(() => {});
    });
  const sale = await withSettings(stage.target, options.settings, play);
  const report = reportOf(sale, plan, stage, options, kind);
  if (databaseAwayMs === 0) return report;
  const outage = await (away as Promise<Outage | null> | null);
  const checks = [
    ...judgeOutage(outage, databaseAwayMs, sale.evidence.orders, sale.startsAt),
    ...report.checks,
  ];
  return { ...report, checks, pass: checks.every((check) => check.pass), ...(outage && { outage }) };
}

function reportOf(
  sale: FinishedSale,
  plan: Plan,
  stage: Stage,
  options: RehearsalOptions,
  kind: RehearsalReport["kind"],
): RehearsalReport {
  const checks = [...judge(sale.evidence), ...(options.fair ? judgeFairness(sale.evidence) : [])];
  return {
    kind,
    at: new Date(sale.startsAt).toISOString(),
    machine: describeMachine(),
    options,
    remarks: stage.remarks,
    pass: checks.every((check) => check.pass),
    checks,
    figures: figuresOf(sale, plan.windowMs),
    contradictions: sale.evidence.notes.contradictions,
    timeline: sale.measures.timeline(),
    stock: sale.evidence.samples,
    usage: sale.usage,
  };
}

/** Changes limits for as long as `play` takes, and puts them back. */
async function withSettings<T>(
  target: Target,
  changes: Record<string, number>,
  play: () => Promise<T>,
): Promise<T> {
  if (Object.keys(changes).length === 0) return play();
  const client = new LoadClient(target.url, 1);
  const admin = new Admin(client, target.admin);
  try {
    const before = await admin.settings();
    await admin.saveSettings({ ...before, ...changes });
    try {
      return await play();
    } finally {
      await admin.saveSettings(before);
    }
  } finally {
    await client.close();
  }
}
