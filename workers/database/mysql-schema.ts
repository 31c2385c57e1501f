import { bigint, customType, index, mysqlTable } from "drizzle-orm/mysql-core";
import type { OrderState } from "../shared/order.ts";

/*
 * MySQL, for deployments whose orders a shop's own systems read from there. Everything else stays in D1. The
 * generated migrations are in migrations/mysql; `npm run generate` makes the next one.
 */

/** Text of at most `length` characters, any of Unicode, compared byte by byte whatever the server's default is. */
const text = (name: string, length: number) =>
  customType<{ data: string }>({
    dataType: () => `varchar(${length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  })(name);

/** Any integer that JavaScript counts exactly. */
const integer = (name: string) => bigint(name, { mode: "number" });

/** How many characters each text of an order may have: longer ones are refused, never cut off. */
export const ORDER_TEXT_MAX_CHARS = {
  /** Spike id (40), sequence (10) and nonce (20) with their dashes. */
  id: 72,
  spikeId: 40,
  spikeTitle: 500,
  userId: 128,
  currency: 3,
  state: 16,
} as const;

/** The same record as `orders` in D1. */
export const mysqlOrders = mysqlTable(
  "orders",
  {
    id: text("id", ORDER_TEXT_MAX_CHARS.id).primaryKey(),
    spikeId: text("spike_id", ORDER_TEXT_MAX_CHARS.spikeId).notNull(),
    spikeTitle: text("spike_title", ORDER_TEXT_MAX_CHARS.spikeTitle).notNull(),
    userId: text("user_id", ORDER_TEXT_MAX_CHARS.userId).notNull(),
    quantity: integer("quantity").notNull(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text("currency", ORDER_TEXT_MAX_CHARS.currency).notNull(),
    state: text("state", ORDER_TEXT_MAX_CHARS.state).$type<OrderState>().notNull(),
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
