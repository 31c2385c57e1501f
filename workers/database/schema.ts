import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AccessRule } from "../shared/access-rule.ts";
import type { DeadLetterState, OrderSnapshot, OrderState } from "../shared/order.ts";
import type {
  DifferenceKind,
  DifferenceOutcome,
  ReconciliationMode,
  ReconciliationPosition,
  ReconciliationTally,
} from "../shared/reconciliation.ts";
import type { DeliveryState, OrderEventType, WebhookEventType, WebhookSecret } from "../shared/webhook.ts";

/*
 * D1. Times are epoch milliseconds, money is integer minor units. The generated migrations are in
 * migrations/d1; `npm run generate` makes the next one. docs/storage.md explains every table.
 */

export const users = sqliteTable("users", {
  id: text("id").primaryKey(),
  /** As the user typed it. */
  username: text("username").notNull(),
  /** NFKC and lower case: look-alikes of one name are one name. */
  usernameKey: text("username_key").notNull().unique(),
  passwordHash: text("password_hash").notNull(),
  role: text("role").$type<"shopper" | "admin">().notNull(),
  tier: integer("tier").notNull(),
  createdAt: integer("created_at").notNull(),
});

/** Refresh tokens of a version before; today they are in Edge Redis. Rows go as they expire. */
export const refreshTokens = sqliteTable(
  "refresh_tokens",
  {
    tokenHash: text("token_hash").primaryKey(),
    familyId: text("family_id").notNull(),
    userId: text("user_id").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    /** When it was exchanged for its successor; seeing it again ends the family. */
    rotatedAt: integer("rotated_at"),
  },
  (table) => [
    index("refresh_tokens_family").on(table.familyId),
    index("refresh_tokens_user").on(table.userId),
    index("refresh_tokens_expiry").on(table.expiresAt),
  ],
);

/** Attempts to log in, of a version before as well. */
export const loginFailures = sqliteTable(
  "login_failures",
  {
    subject: text("subject").primaryKey(),
    failures: integer("failures").notNull(),
    windowEndsAt: integer("window_ends_at").notNull(),
  },
  (table) => [index("login_failures_window").on(table.windowEndsAt)],
);

/** The catalogue. Stock and order states are the ledger's; `stock` is what the sale was created with. */
export const spikes = sqliteTable(
  "spikes",
  {
    id: text("id").primaryKey(),
    version: integer("version").notNull(),
    title: text("title").notNull(),
    description: text("description").notNull(),
    imageUrl: text("image_url"),
    priceMinor: integer("price_minor").notNull(),
    originalPriceMinor: integer("original_price_minor"),
    currency: text("currency").notNull(),
    stock: integer("stock").notNull(),
    maxPerUser: integer("max_per_user").notNull(),
    startsAt: integer("starts_at").notNull(),
    endsAt: integer("ends_at").notNull(),
    holdSeconds: integer("hold_seconds").notNull(),
    accessRules: text("access_rules", { mode: "json" }).$type<AccessRule[]>().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("spikes_starts_at").on(table.startsAt),
    index("spikes_ends_at").on(table.endsAt, table.id),
    index("spikes_created").on(table.createdAt, table.id),
  ],
);

/** What the ledger's events say about each order: the newest version wins, whatever the order of arrival. */
export const orders = sqliteTable(
  "orders",
  {
    id: text("id").primaryKey(),
    spikeId: text("spike_id").notNull(),
    spikeTitle: text("spike_title").notNull(),
    userId: text("user_id").notNull(),
    quantity: integer("quantity").notNull(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text("currency").notNull(),
    state: text("state").$type<OrderState>().notNull(),
    version: integer("version").notNull(),
    payBefore: integer("pay_before").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("orders_user_created").on(table.userId, table.createdAt, table.id),
    index("orders_spike_created").on(table.spikeId, table.createdAt, table.id),
    index("orders_created").on(table.createdAt, table.id),
  ],
);

/**
 * What could not be recorded, with the reason: one row for each version of an order, however often the
 * ledger sends it again, and one for each different message that nobody could read.
 */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    id: text("id").primaryKey(),
    queue: text("queue").notNull(),
    body: text("body").notNull(),
    reason: text("reason").notNull(),
    /** Deliveries that failed, of all messages that carried it. */
    attempts: integer("attempts").notNull(),
    createdAt: integer("created_at").notNull(),
    replayedAt: integer("replayed_at"),
    state: text("state").$type<DeadLetterState>().notNull().default("open"),
    /** When it last failed. */
    failedAt: integer("failed_at").notNull().default(0),
    /** Absent for a message that nobody could read. */
    spikeId: text("spike_id"),
    orderId: text("order_id"),
    version: integer("version"),
    /** The message that failed last, and how often, so that its next delivery is not counted twice. */
    messageId: text("message_id").notNull().default(""),
    messageAttempts: integer("message_attempts").notNull().default(0),
    /** Why it was discarded. */
    note: text("note"),
  },
  (table) => [
    index("dead_letters_created").on(table.createdAt, table.id),
    index("dead_letters_state").on(table.state, table.createdAt, table.id),
  ],
);

/** Comparisons of a sale's ledger with its orders, and repairs: how far each has come, and what it found. */
export const reconciliations = sqliteTable(
  "reconciliations",
  {
    id: text("id").primaryKey(),
    spikeId: text("spike_id").notNull(),
    mode: text("mode").$type<ReconciliationMode>().notNull(),
    /** The admin's user id, or `cron`. */
    startedBy: text("started_by").notNull(),
    startedAt: integer("started_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    finishedAt: integer("finished_at"),
    /** Grows with each page, so that of two who take the same page one counts. */
    step: integer("step").notNull(),
    /** What comes next. */
    position: text("position", { mode: "json" }).$type<ReconciliationPosition>().notNull(),
    tally: text("tally", { mode: "json" }).$type<ReconciliationTally>().notNull(),
    /** Whether a repair also removes orders that a lost ledger may have sold. */
    removesUnproven: integer("removes_unproven", { mode: "boolean" }).notNull(),
  },
  (table) => [
    index("reconciliations_spike").on(table.spikeId, table.startedAt, table.id),
    index("reconciliations_started").on(table.startedAt, table.id),
    index("reconciliations_open")
      .on(table.updatedAt)
      .where(sql`finished_at IS NULL`),
  ],
);

/** What a reconciliation found, and for a removed row all that was in it. */
export const reconciliationDifferences = sqliteTable(
  "reconciliation_differences",
  {
    runId: text("run_id").notNull(),
    orderId: text("order_id").notNull(),
    kind: text("kind").$type<DifferenceKind>().notNull(),
    fields: text("fields", { mode: "json" }).$type<string[]>().notNull(),
    ledger: text("ledger", { mode: "json" }).$type<OrderSnapshot>(),
    database: text("database", { mode: "json" }).$type<OrderSnapshot>(),
    outcome: text("outcome").$type<DifferenceOutcome>().notNull(),
    /** Why it could not be repaired. */
    reason: text("reason"),
  },
  (table) => [primaryKey({ columns: [table.runId, table.orderId] })],
);

/** Where order events go outside this system. */
export const webhookEndpoints = sqliteTable("webhook_endpoints", {
  id: text("id").primaryKey(),
  url: text("url").notNull(),
  events: text("events", { mode: "json" }).$type<OrderEventType[]>().notNull(),
  enabled: integer("enabled", { mode: "boolean" }).notNull(),
  /** The current one first. Kept as they are, because signing needs them; shown once, when made. */
  secrets: text("secrets", { mode: "json" }).$type<WebhookSecret[]>().notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/** Events on their way to endpoints, and what became of them. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    endpointId: text("endpoint_id").notNull(),
    /** The order's id, or a made-up name for a trial. */
    subject: text("subject").notNull(),
    version: integer("version").notNull(),
    eventType: text("event_type").$type<WebhookEventType>().notNull(),
    payload: text("payload").notNull(),
    state: text("state").$type<DeliveryState>().notNull(),
    attempts: integer("attempts").notNull(),
    nextAttemptAt: integer("next_attempt_at").notNull(),
    createdAt: integer("created_at").notNull(),
    attemptedAt: integer("attempted_at"),
    lastStatus: integer("last_status"),
    lastError: text("last_error"),
  },
  (table) => [
    primaryKey({ columns: [table.endpointId, table.subject, table.version] }),
    index("webhook_deliveries_created").on(table.endpointId, table.createdAt),
    // Only the rows in question: what has arrived, nearly all of them, is in neither.
    index("webhook_deliveries_due")
      .on(table.endpointId, table.nextAttemptAt)
      .where(sql`state = 'pending'`),
    index("webhook_deliveries_dead")
      .on(table.endpointId)
      .where(sql`state = 'dead'`),
  ],
);

/** The blacklist of a version before; cron takes what is in it over into Edge Redis. */
export const blacklist = sqliteTable(
  "blacklist",
  {
    kind: text("kind").$type<"user" | "ip">().notNull(),
    value: text("value").notNull(),
    reason: text("reason").notNull(),
    expiresAt: integer("expires_at"),
    createdAt: integer("created_at").notNull(),
    createdBy: text("created_by").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.value] }),
    index("blacklist_expiry").on(table.expiresAt),
  ],
);

/**
 * Every state of the settings, the newest of a scope in force. KV carries them to the edge; this is what
 * they are. The scope is `all`, or a spike's id: then they are what this spike has instead of those.
 */
export const settingsVersions = sqliteTable(
  "settings_versions",
  {
    scope: text("scope").notNull(),
    version: integer("version").notNull(),
    settings: text("settings", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    createdAt: integer("created_at").notNull(),
    createdBy: text("created_by").notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.version] })],
);

/** Who changed what, when. */
export const audit = sqliteTable(
  "audit",
  {
    id: text("id").primaryKey(),
    at: integer("at").notNull(),
    actor: text("actor").notNull(),
    action: text("action").notNull(),
    subject: text("subject").notNull(),
    details: text("details", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
  },
  (table) => [index("audit_at").on(table.at, table.id)],
);
