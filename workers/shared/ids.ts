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

/** A user's id: 100 random bits. */
export const newUserId = (): string => `u${randomId(20)}`;

/** `<spike>-<sequence>-<nonce>`: leads from an order to its ledger and to its row without an index. */
export function orderIdOf(spikeId: string, sequence: number, nonce: string): string {
  return `${spikeId}-${sequence.toString(36)}-${nonce}`;
}

export interface OrderIdParts {
  spikeId: string;
  sequence: number;
  nonce: string;
}

/** One way only to write a sequence: an order with a second name could be charged twice, once by each. */
const ORDER_ID = /^([0-9a-z]{1,40})-([1-9a-z][0-9a-z]{0,9})-([0-9a-z]{4,20})$/;

/** The parts of an order id, or null when the text is not one. */
export function parseOrderId(orderId: string): OrderIdParts | null {
  const match = ORDER_ID.exec(orderId);
  if (!match) return null;
  const [, spikeId = "", sequence = "", nonce = ""] = match;
  return { spikeId, sequence: Number.parseInt(sequence, 36), nonce };
}
