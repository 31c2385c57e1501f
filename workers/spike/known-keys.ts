import { waitUntil } from "cloudflare:workers";
import type { ReserveRequest } from "../../durable-objects/spike-stock/messages.ts";
import { tryEveryLedger } from "../platform/ledger.ts";
import { BoundedMap } from "../shared/bounded-map.ts";
import { FreshCache } from "../shared/fresh-cache.ts";
import { hash32 } from "../shared/hash-ring.ts";
import { STOCK_MAX_AGE_MS } from "../shared/limits.ts";
import { isOfClient } from "./idempotency-key.ts";

/*
 * Which idempotency keys have made a reservation, as far as this isolate knows. When nothing is left, a
 * crowd must be told so from memory; but somebody who has won and lost the answer comes back with the
 * same key and must get the same answer. The keys' hashes tell the two apart: a key that is not among them
 * has won nothing, one that is may have, and the ledger decides. Like the stock that says "sold out", they
 * are at most STOCK_MAX_AGE_MS old. Where a ledger cannot say which keys it has, any may be one of them.
 *
 * Of the purchases that won through this isolate it knows users and keys themselves, whether the sale is open or not.
 */

/** Sales an isolate keeps keys of: those that are sold out and still asked for. More than a list shows. */
const SALES_MAX = 200;
/** Hashes kept per sale, some 5 MB; a larger sale asks its ledger about every key beyond. */
const HASHES_MAX = 100_000;
/** Hashes kept of all sales together, some 40 MB; beyond, the sale that was asked for longest ago is read anew. */
const ALL_HASHES_MAX = 800_000;
const PAGE_KEYS = 10_000;
/** Own wins that an isolate remembers, of all sales together, some 5 MB; an older one is asked for a challenge again. */
export const OWN_WINS_MAX = 20_000;

class KnownKeys {
  readonly spikeId: string;
  /** By ledger: the sequence of the newest key that is known. */
  readonly through = new Map<number, number>();
  /** Whether every ledger could say at the last time. */
  isComplete = true;
  readonly #hashes = new Set<number>();

  constructor(spikeId: string) {
    this.spikeId = spikeId;
  }

  get size(): number {
    return this.#hashes.size;
  }

  get isFull(): boolean {
    return this.size >= HASHES_MAX;
  }

  add(hash: number): void {
    this.#hashes.add(hash);
  }

  mayHave(key: string): boolean {
    return this.isFull || !this.isComplete || this.has(key);
  }

  /** Whether the key, or another one with its hash, has made a reservation. */
  has(key: string): boolean {
    return this.#hashes.has(hash32(key));
  }
}

const gathered = new BoundedMap<string, KnownKeys>(SALES_MAX, ({ spikeId }) => upToDate.delete(spikeId));
const upToDate = new FreshCache<KnownKeys>({ max: SALES_MAX, ttlMs: STOCK_MAX_AGE_MS, waitUntil });

/** False when this key has certainly made no reservation in the spike until STOCK_MAX_AGE_MS ago. */
export async function mayBeKnown(env: Env, spikeId: string, key: string): Promise<boolean> {
  const known = await upToDate.get(spikeId, () => catchUp(env, spikeId));
  return known.mayHave(key);
}

/** The same from memory alone, undefined when what is there is too old. */
export function peekKey(spikeId: string, key: string): boolean | undefined {
  return upToDate.peek(spikeId)?.mayHave(key);
}

/** One user's purchase, and the key that the ledger knows it by. */
type Purchase = Pick<ReserveRequest, "userId" | "key">;

const ownWins = new BoundedMap<string, true>(OWN_WINS_MAX);
const winName = (spikeId: string, { userId, key }: Purchase) => `${spikeId}\n${userId}\n${key}`;

/** A purchase that has just won, in this isolate. One without a client's key never comes again. */
export function rememberWin(spikeId: string, purchase: Purchase): void {
  if (!isOfClient(purchase.key)) return;
  gathered.get(spikeId)?.add(hash32(purchase.key));
  ownWins.set(winName(spikeId, purchase), true);
}

/**
 * What memory says of a purchase: `won`, so the ledger will only ever repeat its answer; `perhaps`, since its key has,
 * which may be another user's or one with the same hash; or nothing.
 */
export function pastOf(spikeId: string, purchase: Purchase): "won" | "perhaps" | null {
  if (ownWins.has(winName(spikeId, purchase))) return "won";
  return gathered.peek(spikeId)?.has(purchase.key) ? "perhaps" : null;
}

/** Reads what has come since the last time. Safe to run twice at once: both add the same. */
async function catchUp(env: Env, spikeId: string): Promise<KnownKeys> {
  const known = gathered.get(spikeId) ?? new KnownKeys(spikeId);
  gathered.set(spikeId, known);
  const outcomes = await tryEveryLedger(env, spikeId, async (ledger, stripe) => {
    for (let complete = false; !complete && !known.isFull;) {
      const page = await ledger.keys(known.through.get(stripe) ?? 0, PAGE_KEYS);
      for (const hash of page.hashes) known.add(hash);
      known.through.set(stripe, Math.max(known.through.get(stripe) ?? 0, page.through));
      complete = page.complete;
    }
  });
  known.isComplete = outcomes.every(({ status }) => status === "fulfilled");
  makeRoomBeside(known);
  return known;
}

function makeRoomBeside(newest: KnownKeys): void {
  gathered.set(newest.spikeId, newest);
  let hashes = 0;
  for (const { size } of gathered.values()) hashes += size;
  while (hashes > ALL_HASHES_MAX) hashes -= gathered.forgetOldest()?.size ?? hashes;
}
