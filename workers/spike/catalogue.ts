import { waitUntil } from "cloudflare:workers";
import { type Aged, EdgeCache } from "../platform/edge-cache.ts";
import { configureLedgers, readStatus, STATUS_PATIENCE_MS } from "../platform/sale-ledgers.ts";
import { FreshCache } from "../shared/fresh-cache.ts";
import { isSpikeId } from "../shared/ids.ts";
import { log, messageOf } from "../shared/log.ts";
import { explain } from "../shared/explanations.ts";
import { Refusal, type RefusalDetails } from "../shared/refusals.ts";
import type { Soon } from "../shared/soon.ts";
import type { SpikeConfig, StockStatus } from "../shared/spike.ts";
import { withTimeLimit } from "../shared/time-limit.ts";
import { LastKnown } from "./last-known.ts";
import { readListedSpikes, readNearestSpike } from "./spike-rows.ts";
import { peekStock, readStock, readStockInList, rememberStock } from "./stock.ts";

/*
 * What is on sale, as this isolate knows it, or its location, or the nearest copy of the database. The
 * database is asked rarely, however large the crowd; an admin's own isolate follows a change at once, the
 * others within CATALOGUE_FRESH_MS and what that copy lags behind.
 */

/** How old a spike's definition may be since the database said it, in milliseconds. */
export const CATALOGUE_FRESH_MS = 3_000;
/** How long an isolate remembers that there is no such spike: a new one shows everywhere this soon. */
const UNKNOWN_FRESH_MS = 1_000;
/** How long it takes at most until a new sale is in every list, in milliseconds. */
const ROWS_FRESH_MS = 5_000;
const LIST_FRESH_MS = 1_000;
const FRESHNESS_JITTER = 0.3;
/**
 * Longest a list waits for the stock of one sale, in milliseconds: half a second more than a sale with several
 * ledgers waits for one of them, so that the others still count, and half a second less than LOAD_PATIENCE_MS,
 * after which those who wait for the list would load it again.
 */
const STOCK_PATIENCE_IN_LIST_MS = STATUS_PATIENCE_MS + 500;

/** Spikes an isolate remembers: some KB each, so that the largest cache stays below 20 MB. */
const CATALOGUE_MAX_ENTRIES = 2_000;
/** Made-up ids an isolate remembers; they have a cache of their own, so that they never push out a sale. */
const UNKNOWN_MAX_ENTRIES = 10_000;

/** A cache of this isolate for what has been on its way for a while, at most `maxAgeMs` in all. */
function agedCache<Value>(max: number, maxAgeMs: number): FreshCache<Aged<Value>> {
  const freshForMs = ({ at }: Aged<Value>) => at + maxAgeMs - Date.now();
  return new FreshCache({ max, ttlMs: maxAgeMs, freshForMs, jitter: FRESHNESS_JITTER, waitUntil });
}

const spikes = agedCache<SpikeConfig>(CATALOGUE_MAX_ENTRIES, CATALOGUE_FRESH_MS);
const spikesInLocation = new EdgeCache<SpikeConfig>({ name: "spike", maxAgeMs: CATALOGUE_FRESH_MS });
const rows = agedCache<SpikeConfig[]>(1, ROWS_FRESH_MS);
const rowsInLocation = new EdgeCache<SpikeConfig[]>({ name: "spike-list", maxAgeMs: ROWS_FRESH_MS });
const lists = new FreshCache<Sale[]>({ max: 1, ttlMs: LIST_FRESH_MS, jitter: FRESHNESS_JITTER, waitUntil });
/** Only keeps a crowd from telling a ledger all at once: one tells it, the others wait. */
const completing = new FreshCache<StockStatus>({ max: 1, ttlMs: 0, waitUntil });
const unknown = new FreshCache<object>({ max: UNKNOWN_MAX_ENTRIES, ttlMs: UNKNOWN_FRESH_MS, waitUntil });
const lastKnown = new LastKnown<SpikeConfig>(CATALOGUE_MAX_ENTRIES);
const lastKnownRows = new LastKnown<SpikeConfig[]>(1);

const WHOLE_LIST = "list";

/** A spike and what its ledger says about it. */
export interface Sale {
  spike: SpikeConfig;
  stock: StockStatus;
}

/**
 * The spike's definition, at most CATALOGUE_FRESH_MS old.
 * @throws Refusal `not_found`.
 */
export async function findSpike(env: Env, id: string): Promise<SpikeConfig> {
  const known = spikes.peek(id);
  if (known) return known.value;
  if (isKnownToBeNone(id)) throw noSuchSpike();
  return (await spikes.get(id, () => loadSpike(env, id))).value;
}

/** Whether there is certainly no such spike: it is no id at all, or was looked for a moment ago. */
function isKnownToBeNone(id: string): boolean {
  return !isSpikeId(id) || unknown.peek(id) !== undefined;
}

async function loadSpike(env: Env, id: string): Promise<Aged<SpikeConfig>> {
  const load = () => readNearestSpike(env, id);
  const spike = await lastKnown.read(id, () => spikesInLocation.get(id, load));
  if (spike) return spike;
  unknown.set(id, {});
  throw noSuchSpike();
}

/**
 * At most SPIKE_LIST_MAX spikes with their stock, in no particular order: those that are running or about
 * to as their ledgers said it a second or two ago, the others a minute.
 */
export function listSales(env: Env): Promise<Sale[]> {
  return lists.get(WHOLE_LIST, async () => {
    const found = await listedSpikes(env);
    const sales = await Promise.all(found.map((spike) => saleInList(env, spike)));
    return sales.filter((sale) => sale !== null);
  });
}

/** The spikes that lists show, at most ROWS_FRESH_MS old. */
export async function listedSpikes(env: Env): Promise<SpikeConfig[]> {
  const load = () => readListedSpikes(env, Date.now());
  const read = () => rowsInLocation.get(WHOLE_LIST, load);
  return (await rows.get(WHOLE_LIST, () => lastKnownRows.read(WHOLE_LIST, read))).value;
}

/**
 * A sale as lists show it, null when it is half deleted. One whose ledger cannot answer, or does not within
 * STOCK_PATIENCE_IN_LIST_MS, must not hide the others: it is shown with its whole stock.
 */
export async function saleInList(env: Env, spike: SpikeConfig): Promise<Sale | null> {
  try {
    return await withTimeLimit(readSaleInList(env, spike), STOCK_PATIENCE_IN_LIST_MS, "A sale's stock");
  } catch (error) {
    if (error instanceof Refusal && error.code === "not_found") return null;
    log.warn("stock_unreadable", { spikeId: spike.id, message: messageOf(error) });
    const { stock: total, version: configVersion } = spike;
    return { spike, stock: { available: total, total, paused: false, configVersion } };
  }
}

async function readSaleInList(env: Env, spike: SpikeConfig): Promise<Sale> {
  return await withStock(env, spike, await readStockInList(env, spike, Date.now()));
}

/**
 * A spike and its stock, as fresh as `findSpike` and `readStock` are.
 * @throws Refusal `not_found`, at once when that is known; by rejecting otherwise.
 */
export function findSale(env: Env, id: string): Soon<Sale> {
  const known = peekSale(id);
  if (known) return known;
  if (isKnownToBeNone(id)) throw noSuchSpike();
  return loadSale(env, id);
}

async function loadSale(env: Env, id: string): Promise<Sale> {
  const spike = await findSpike(env, id);
  return await withStock(env, spike, await readStock(env, id));
}

/** The list from memory alone, the same object as long as nothing in it has changed; null when it is not fresh there. */
export function peekSales(): readonly Sale[] | null {
  return lists.peek(WHOLE_LIST) ?? null;
}

/** A spike and its stock from memory alone, null when either is not fresh there or they do not match. */
export function peekSale(id: string): Sale | null {
  const spike = spikes.peek(id)?.value;
  const stock = spike && peekStock(id);
  return stock && stock.configVersion >= spike.version ? { spike, stock } : null;
}

/**
 * `spike`, read from the database just now, with what its ledger says just now.
 * @throws Refusal `not_found`.
 */
export async function completeSale(env: Env, spike: SpikeConfig): Promise<Sale> {
  const stock = await readStatus(env, spike.id);
  rememberStock(spike.id, stock);
  return await withStock(env, spike, stock);
}

/**
 * Joins what the database and the ledger say. A change that reached the database but not the ledger
 * is completed here. A ledger that knows nothing is what a half-done deletion leaves, since a spike
 * gets its ledger before its row: the spike is gone, and giving it stock again would sell it twice.
 */
async function withStock(env: Env, spike: SpikeConfig, stock: StockStatus): Promise<Sale> {
  if (stock.configVersion === 0) throw noSuchSpike();
  if (stock.configVersion >= spike.version) return { spike, stock };
  return {
    spike,
    stock: await completing.get(`${spike.id} ${spike.version}`, () => completeLedger(env, spike)),
  };
}

async function completeLedger(env: Env, spike: SpikeConfig): Promise<StockStatus> {
  log.warn("ledger_behind_catalogue", { spikeId: spike.id, version: spike.version });
  return await configureLedger(env, spike);
}

/**
 * Gives the ledger this definition, unless it has a newer one. Safe to repeat.
 * @throws Refusal `not_found` when the spike was deleted: its ledger never comes back.
 */
export async function configureLedger(env: Env, spike: SpikeConfig): Promise<StockStatus> {
  const stock = await configureLedgers(env, spike);
  rememberStock(spike.id, stock);
  if (stock.configVersion === 0) throw noSuchSpike();
  return stock;
}

/** This isolate's own change, visible to its next request. */
export function rememberSpike(spike: SpikeConfig): void {
  forgetSpike(spike.id);
  unknown.delete(spike.id);
  spikes.set(spike.id, { value: spike, at: Date.now() });
  lastKnown.set(spike.id, spike);
}

export function forgetSpike(id: string): void {
  // Deleting also keeps a read that is under way from bringing the old state back.
  spikes.delete(id);
  spikesInLocation.forget(id);
  rows.delete(WHOLE_LIST);
  rowsInLocation.forget(WHOLE_LIST);
  lists.delete(WHOLE_LIST);
  lastKnown.forget(id);
  lastKnownRows.forget(WHOLE_LIST);
}

/** Whether this isolate knows such a spike, however long ago it was read. */
export function isKnownSpike(id: string): boolean {
  return lastKnown.has(id);
}

/** For changes of stock: the next list asks the ledgers again. */
export function forgetList(): void {
  lists.delete(WHOLE_LIST);
}

const NO_SUCH_SPIKE: RefusalDetails = Object.freeze(explain("no_such_sale"));

export function noSuchSpike(): Refusal {
  return new Refusal("not_found", NO_SUCH_SPIKE);
}
