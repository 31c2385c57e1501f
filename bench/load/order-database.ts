import { type AdminOrder, adminOrder } from "./wire.ts";

/** The database in which a server of our own records orders, as we see it past the server. */
export interface OrderDatabase {
  /** Every order of the sale that is recorded, in the order in which they were. */
  orders(spikeId: string): Promise<AdminOrder[]>;
  /** How many orders of the sale are recorded: looked at past the door, so also while that is shut. */
  recorded(spikeId: string): Promise<number>;
  /** The server finds nobody there. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  /** Removes the database, where it is not the server's own. */
  close(): Promise<void>;
}

/** A row of the table of orders in the words of the admin's list, so that one verdict does for both. */
export function toAdminOrder(row: Record<string, unknown>): AdminOrder {
  const instant = (column: string) => new Date(Number(row[column])).toISOString();
  return adminOrder.parse({
    id: row["id"],
    spikeId: row["spike_id"],
    userId: row["user_id"],
    quantity: row["quantity"],
    amountMinor: row["amount_minor"],
    state: row["state"],
    createdAt: instant("created_at"),
    updatedAt: instant("updated_at"),
  });
}
