/** Every limit that is not a setting, named with its unit and its reason. */

/** Longest idempotency key a client may send, in characters; a UUID has 36. */
export const IDEMPOTENCY_KEY_MAX_CHARS = 128;

/** Largest request body the API reads, in bytes; the largest legitimate one is a spike with long rules. */
export const BODY_MAX_BYTES = 64 * 1024;

/** Most units a single purchase may ask for. */
export const QUANTITY_MAX = 100;

/** Most units one user may hold in one spike. */
export const MAX_PER_USER_MAX = 1000;

/** Largest stock of a spike in units. */
export const STOCK_MAX = 100_000_000;

/**
 * Ledgers one spike may be split over: some ten thousand reservations a second. Each talks to each when the
 * last units are looked for, so the number must stay small.
 */
export const STRIPES_MAX = 64;

/**
 * Waves one spike may ever have, past ones included: a batch every ten minutes for three days. Bounds
 * what the transaction releases that comes after a long silence, and what an admin's page shows.
 */
export const WAVES_PER_SPIKE_MAX = 500;

/** A hold shorter than this leaves no time to pay; a longer one starves the other shoppers. Seconds. */
export const HOLD_MIN_SECONDS = 1;
export const HOLD_MAX_SECONDS = 86_400;
export const HOLD_DEFAULT_SECONDS = 300;

/** Reservations one ledger transaction takes: past this the cost per row no longer falls. */
export const LEDGER_BATCH_MAX = 100;

/** Most gates of one spike: each sends the ledger a batch at a time, and it takes no more than these send. */
export const GATES_MAX = 64;

/** Purchases one isolate or gate queues before it sheds: a second's worth of ledger work. */
export const PURCHASE_QUEUE_MAX = 5_000;

/**
 * Orders one user may ever make in one spike, cancelled and expired ones included. The ledger reads
 * them all to decide about the next, so this bounds what one purchase can cost; it leaves room for
 * MAX_PER_USER_MAX single units, each given up once.
 */
export const ORDERS_PER_USER_MAX = 2_000;

/** Events one queue message carries; 250 of at most 400 bytes stay below the queue's 128 KB. */
export const ORDER_EVENTS_PER_MESSAGE_MAX = 250;

/** How old a stock answer may be anywhere, in milliseconds. */
export const STOCK_MAX_AGE_MS = 1_000;

/** Longest title and description of a spike, in characters: what a sale page shows without breaking. */
export const TITLE_MAX_CHARS = 200;
export const DESCRIPTION_MAX_CHARS = 10_000;

/** Longest picture address in characters; browsers and CDNs take at least this much. */
export const IMAGE_URL_MAX_CHARS = 2_048;

/** Highest price of one unit in minor units: times MAX_PER_USER_MAX it is still an exact integer. */
export const PRICE_MAX_MINOR = 1_000_000_000_000;

/** Spikes one public list shows: those that end last come first, so a running sale is always in it. */
export const SPIKE_LIST_MAX = 100;

/** Entries of one page of an admin list. */
export const ADMIN_PAGE_SIZE = 50;

/** Longest reason an admin gives for something, in characters. */
export const REASON_MAX_CHARS = 500;
/** The longest bar that ends by itself: a year, in seconds. */
export const BAR_MAX_SECONDS = 31_536_000;

/** Longest opaque cursor a client may send back, in characters. */
export const CURSOR_MAX_CHARS = 256;

/** Access rules: how many in all, how deep `all`, `any` and `not` nest, and how long their lists are. */
export const ACCESS_RULES_MAX = 100;
export const ACCESS_RULE_DEPTH_MAX = 5;
export const ACCESS_RULE_USERS_MAX = 1_000;
export const ACCESS_RULE_COUNTRIES_MAX = 250;
export const ACCESS_RULE_SPIKES_MAX = 50;
export const ACCESS_RULE_AGE_MAX_DAYS = 36_500;

/** Highest star level an account can have and a rule can ask for. */
export const TIER_MAX = 100;

/** Longest user id in characters: ours have 21, other tools that mint access tokens may use longer ones. */
export const USER_ID_MAX_CHARS = 128;
