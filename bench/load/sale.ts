import { performance } from "node:perf_hooks";
import { Admin, type AdminCredentials } from "./admin.ts";
import { type Arrival, BURST_EARLY_MS, scheduleArrivals } from "./arrivals.ts";
import { CrowdRun, generatorHealth, type GeneratorHealth } from "./crowd.ts";
import { Doors, pause } from "./doors.ts";
import type { Stop } from "./funnel.ts";
import { type Evidence, Notes } from "./evidence.ts";
import { LoadClient } from "./http-client.ts";
import { Measures } from "./measures.ts";
import { Monitor, type Usage, type UsageSample } from "./monitor.ts";
import type { OrderDatabase } from "./order-database.ts";
import type { Person } from "./people.ts";
import { randomStream } from "./random.ts";
import type { Manners, Venue } from "./venue.ts";
import type { AdminOrder } from "./wire.ts";

/** The server a sale is rehearsed on. */
export interface Target {
  url: string;
  admin: AdminCredentials;
  /** Memory and processor time of the server; null where it runs somewhere else. */
  usage: () => Usage | null;
  /** The database to judge by, where it can be read past the server; else the server says what is in it. */
  database?: Pick<OrderDatabase, "orders" | "recorded">;
}

/** What is rehearsed. Shares are between 0 and 1. */
export interface Plan {
  stock: number;
  arrival: Arrival;
  /** From the start of the sale to the last arrival, in milliseconds. */
  windowMs: number;
  holdSeconds: number;
  /** Ledgers the stock is split over; absent for one. */
  stripes?: number;
  botShare: number;
  seed: number;
  connections: number;
  /** Beyond the hold, nothing may stand still for longer than this before the doors close, in milliseconds. */
  standstillMs: number;
  manners: Manners;
}

/** A sale that is going on, for those who watch it. */
export interface RunningSale {
  phase: "waiting" | "selling" | "settling" | "recording" | "done";
  measures: Measures;
  notes: Notes;
  monitor: Monitor;
  crowd: CrowdRun;
  asking: Set<string>;
  spikeId: string;
  /** Orders seen in the database, once the crowd has left. */
  recorded: number;
}

export interface FinishedSale {
  spikeId: string;
  startsAt: number;
  evidence: Evidence;
  measures: Measures;
  usage: UsageSample[];
  generator: GeneratorHealth;
  bots: number;
  /** What stopped the crowd, as the server counted. */
  stops: Stop[];
  /** From the start until everything was recorded and looked at, in milliseconds. */
  tookMs: number;
}

export const PRICE_MINOR = 9_900;
export const MAX_PER_USER = 1;
/** Between creating the sale and its start, for those who come early, in milliseconds. */
const LEAD_MS = BURST_EARLY_MS + 1_500;
/** The sale outlasts any rehearsal; it is over when all is sold, in milliseconds. */
const SALE_LENGTH_MS = 6 * 3600_000;
const BOT_CONNECTIONS = 32;
const ADMIN_CONNECTIONS = 2;
export const TILL_CONNECTIONS = 32;
const WATCH_PAUSE_MS = 500;

/** Puts up a sale, plays the crowd, waits until all is settled and recorded, and collects the evidence. */
export async function runSale(
  target: Target,
  plan: Plan,
  people: Person[],
  watch: (sale: RunningSale) => void,
): Promise<FinishedSale> {
  const clients: Clients = {
    admin: new LoadClient(target.url, ADMIN_CONNECTIONS),
    people: new LoadClient(target.url, plan.connections),
    till: new LoadClient(target.url, TILL_CONNECTIONS),
    bots: new LoadClient(target.url, BOT_CONNECTIONS),
  };
  try {
    return await rehearse(target, plan, people, watch, clients);
  } finally {
    await Promise.all(Object.values(clients).map((client) => client.close()));
  }
}

/** Who sends over which connections, so that none keeps the others from sending. */
type Clients = Record<"admin" | "people" | "till" | "bots", LoadClient>;

async function rehearse(
  target: Target,
  plan: Plan,
  people: Person[],
  watch: (sale: RunningSale) => void,
  clients: Clients,
): Promise<FinishedSale> {
  const moments = scheduleArrivals(
    plan.arrival,
    people.length,
    plan.windowMs,
    randomStream(plan.seed, "arrivals"),
  );
  const admin = new Admin(clients.admin, target.admin);
  const { spikeId, startsAt } = await putUpSale(admin, plan);
  const measures = new Measures(startsAt, Date.now);
  const notes = new Notes();
  const doors = new Doors();
  const asking = new Set<string>();
  const inside = { measures, notes, doors, spikeId, manners: plan.manners, asking };
  const venue: Venue = { ...inside, client: clients.people, till: clients.till };
  const crowd = new CrowdRun(venue, { ...venue, client: clients.bots }, plan.seed);
  const monitor = new Monitor(admin, spikeId, startsAt, target.usage);
  const sale: RunningSale = {
    phase: "waiting",
    measures,
    notes,
    monitor,
    crowd,
    asking,
    spikeId,
    recorded: 0,
  };
  watch(sale);
  monitor.start();
  const idle = performance.eventLoopUtilization();
  try {
    sale.phase = "selling";
    await crowd.sendIn(people, plan.botShare, moments, startsAt);
    const generator = generatorHealth(measures, performance.eventLoopUtilization(idle).utilization);
    sale.phase = "settling";
    const leftAsking = await closeWhenSettled(sale, doors, plan);
    await crowd.gone();
    sale.phase = "recording";
    const orders = await awaitRecords(admin, target, spikeId, sale, plan.standstillMs);
    await monitor.stop();
    const evidence: Evidence = {
      stock: plan.stock,
      maxPerUser: MAX_PER_USER,
      priceMinor: PRICE_MINOR,
      notes,
      ledger: await admin.ledger(spikeId),
      samples: monitor.stock,
      orders,
      barred: await admin.barred(),
      attempts: measures.attemptsOf,
      peopleToldBlacklisted: measures.refusals.people.get("blacklisted") ?? 0,
      leftAsking,
    };
    const { usage } = monitor;
    return {
      spikeId,
      startsAt,
      evidence,
      measures,
      usage,
      generator,
      bots: crowd.bots,
      stops: await admin.stops(spikeId),
      tookMs: Date.now() - startsAt,
    };
  } finally {
    sale.phase = "done";
    doors.close();
    await monitor.stop();
  }
}

/** Creates the sale; `startsAt` is its start on our own clock. */
async function putUpSale(admin: Admin, plan: Plan): Promise<{ spikeId: string; startsAt: number }> {
  const offsetMs = await admin.clockOffsetMs();
  const startsAt = Math.ceil(Date.now() + offsetMs + LEAD_MS);
  const spikeId = await admin.createSale({
    title: `Rehearsal ${plan.seed}`,
    stock: plan.stock,
    priceMinor: PRICE_MINOR,
    maxPerUser: MAX_PER_USER,
    holdSeconds: plan.holdSeconds,
    ...(plan.stripes !== undefined && { stripes: plan.stripes }),
    startsAt,
    endsAt: startsAt + SALE_LENGTH_MS,
  });
  return { spikeId, startsAt: startsAt - offsetMs };
}

/**
 * Waits until there is nothing left to happen: everybody is gone but those who keep asking, nothing is
 * held, and all is sold or nobody asks. Then closes the doors, and says how many were still asking.
 */
async function closeWhenSettled(sale: RunningSale, doors: Doors, plan: Plan): Promise<number> {
  let before = "";
  let changedAt = Date.now();
  for (;;) {
    const stock = sale.monitor.latest;
    const others = sale.crowd.inside - sale.asking.size;
    const settled = others === 0 && stock?.held === 0 && (stock.available <= 0 || sale.asking.size === 0);
    const now = [others, stock?.held, stock?.sold, stock?.available].join();
    if (now !== before) changedAt = Date.now();
    before = now;
    if (settled || Date.now() - changedAt > plan.holdSeconds * 1000 + plan.standstillMs) {
      const leftAsking = sale.asking.size;
      doors.close();
      return leftAsking;
    }
    await pause(WATCH_PAUSE_MS);
  }
}

/** Reads the orders until the database says what the ledger says, or nothing has changed for a while. */
async function awaitRecords(
  admin: Admin,
  { database }: Pick<Target, "database">,
  spikeId: string,
  sale: RunningSale,
  standstillMs: number,
): Promise<AdminOrder[]> {
  let before = "";
  let changedAt = Date.now();
  for (;;) {
    const orders = await (database ?? admin).orders(spikeId);
    sale.recorded = orders.length;
    const inLedger = (await admin.ledger(spikeId)).orders;
    const inDatabase = { reserved: 0, paid: 0, cancelled: 0, expired: 0 };
    for (const order of orders) inDatabase[order.state]++;
    const now = JSON.stringify(inDatabase);
    if (now !== before) changedAt = Date.now();
    before = now;
    const agreed = (Object.keys(inDatabase) as (keyof typeof inDatabase)[]).every(
      (state) => inDatabase[state] === inLedger[state],
    );
    if (agreed || Date.now() - changedAt > standstillMs) return orders;
    await pause(WATCH_PAUSE_MS);
  }
}
