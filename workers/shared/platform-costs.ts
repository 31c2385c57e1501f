/*
 * What the platform charges, and how much of it an order takes: for estimates, nothing here limits anything.
 */

/** Rows and index entries the ledger writes in the life of an order: reserved, recorded, paid, recorded. */
export const LEDGER_ROWS_PER_ORDER = 12;

/** The same in the order database. */
export const DATABASE_ROWS_PER_ORDER = 8;

/** Each message is written, read and deleted. */
export const QUEUE_OPERATIONS_PER_MESSAGE = 3;

/** Memory an object is billed for, in GB. */
export const OBJECT_GB = 0.128;

/** US dollars, Workers Paid plan, from developers.cloudflare.com as of November 2026. */
export const DOLLARS_PER_MILLION = {
  requests: 0.3,
  cpuMs: 0.02,
  objectRequests: 0.15,
  objectGbSeconds: 12.5,
  rowsWritten: 1,
  queueOperations: 0.4,
} as const;
