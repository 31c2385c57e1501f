import { STRIPES_MAX } from "./limits.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32: no letter that looks like a digit

/** `length` random characters of 5 bits each. */
export function randomId(length: number): string {
  return spell(crypto.getRandomValues(new Uint8Array(length)));
}

function spell(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += ALPHABET[byte & 31];
  return text;
}

/** Characters of a spike's id: 60 bits, short enough to read out. */
const SPIKE_ID_CHARS = 12;

export const newSpikeId = (): string => randomId(SPIKE_ID_CHARS);

/** The spike id that belongs to this text: the same text gives the same id, so a creation can be repeated. */
export async function spikeIdFrom(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return spell(new Uint8Array(hash, 0, SPIKE_ID_CHARS));
}

const SPIKE_ID = /^[0-9a-z]{1,40}$/;

/** Whether the text could be a spike's id; what could not needs no database to be refused. */
export const isSpikeId = (text: string): boolean => SPIKE_ID.test(text);

/** Twelve characters as `randomId` draws them, an `i`, which it never draws, and a number of stripes from 2. */
const STRIPED_SPIKE_ID = /^[0-9a-hjkmnp-tv-z]{12}i([2-9]|[1-9][0-9])$/;

/**
 * The id of a spike whose stock is split over this many ledgers. The number is part of the id: nobody has to
 * look it up and nobody can be wrong about it, so no user can ever be sent to two of them.
 * @param plainId as `newSpikeId` makes it.
 */
export function stripedSpikeId(plainId: string, stripes: number): string {
  return stripes === 1 ? plainId : `${plainId}i${stripes}`;
}

/** How many ledgers a spike has. */
export function stripesOf(spikeId: string): number {
  const stripes = Number(STRIPED_SPIKE_ID.exec(spikeId)?.[1] ?? 1);
  return stripes <= STRIPES_MAX ? stripes : 1;
}

/** A user's id: 100 random bits. */
export const newUserId = (): string => `u${randomId(20)}`;

/**
 * `<spike>-<sequence>-<nonce>`, and `-<stripe>` for all stripes but the first: leads from an order to its
 * ledger and to its row without an index.
 */
export function orderIdOf({ spikeId, stripe }: LedgerRef, sequence: number, nonce: string): string {
  const id = `${spikeId}-${sequence.toString(36)}-${nonce}`;
  return stripe === 0 ? id : `${id}-${stripe}`;
}

/** One ledger of a spike. */
export interface LedgerRef {
  spikeId: string;
  /** From 0. */
  stripe: number;
}

export interface OrderIdParts extends LedgerRef {
  sequence: number;
  nonce: string;
}

/** Whether the order is one of this ledger's, if it exists. */
export function isIn(ledger: LedgerRef, order: LedgerRef): boolean {
  return order.stripe === ledger.stripe && order.spikeId === ledger.spikeId;
}

/** One way only to write a number: an order with a second name could be charged twice, once by each. */
const ORDER_ID = /^([0-9a-z]{1,40})-([1-9a-z][0-9a-z]{0,9})-([0-9a-z]{4,20})(?:-([1-9][0-9]?))?$/;

/** The parts of an order id, or null when the text is not one. */
export function parseOrderId(orderId: string): OrderIdParts | null {
  const match = ORDER_ID.exec(orderId);
  if (!match) return null;
  const [, spikeId = "", sequence = "", nonce = "", stripe = "0"] = match;
  const parts = { spikeId, stripe: Number(stripe), sequence: Number.parseInt(sequence, 36), nonce };
  return parts.stripe < stripesOf(spikeId) ? parts : null;
}
