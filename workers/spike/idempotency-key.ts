import { IDEMPOTENCY_KEY_MAX_CHARS } from "../shared/limits.ts";

/** Before keys of clients, so that none is like one of ours. */
const OF_CLIENT = "client:";

/** Printable ASCII, so that a key is the same text in every log and client. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]+$/;

/** A client's idempotency key as the ledger knows it, apart from those we make; null for what is none. */
export function ledgerKeyOf(header: string): string | null {
  if (header.length > IDEMPOTENCY_KEY_MAX_CHARS || !IDEMPOTENCY_KEY.test(header)) return null;
  return OF_CLIENT + header;
}

/** Whether a client knows this key of a ledger, and can come again with it. */
export const isOfClient = (ledgerKey: string): boolean => ledgerKey.startsWith(OF_CLIENT);
