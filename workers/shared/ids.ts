const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32: no letter that looks like a digit

/** `length` random characters of 5 bits each. */
export function randomId(length: number): string {
  let id = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(length))) id += ALPHABET[byte & 31];
  return id;
}

/** A spike's id: 60 random bits, short enough to read out. */
export const newSpikeId = (): string => randomId(12);

/** A user's id: 100 random bits. */
export const newUserId = (): string => `u${randomId(20)}`;

/** `<spike>-<sequence><nonce>`: leads from an order to its ledger and to its row without an index. */
export function orderIdOf(spikeId: string, sequence: number, nonce: string): string {
  return `${spikeId}-${sequence.toString(36)}-${nonce}`;
}

export interface OrderIdParts {
  spikeId: string;
  sequence: number;
  nonce: string;
}

const ORDER_ID = /^([0-9a-z]{1,40})-([0-9a-z]{1,10})-([0-9a-z]{4,20})$/;

/** The parts of an order id, or null when the text is not one. */
export function parseOrderId(orderId: string): OrderIdParts | null {
  const match = ORDER_ID.exec(orderId);
  if (!match) return null;
  const [, spikeId = "", sequence = "", nonce = ""] = match;
  return { spikeId, sequence: Number.parseInt(sequence, 36), nonce };
}
