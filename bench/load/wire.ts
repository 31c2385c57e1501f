import { z } from "zod";

/*
 * The HTTP contract as an outside client sees it. Written here a second time on purpose: a tool that
 * judged the server by the server's own schemas would not notice when they drift from the contract.
 */

const time = z.iso.datetime().transform((text) => Date.parse(text));

export const tokenAnswer = z.object({ token: z.string().min(1), expiresAt: time });

export const reservationAnswer = z.object({
  orderId: z.string().min(1),
  state: z.literal("reserved"),
  payBefore: time,
  poll: z.string().min(1),
});

export const orderState = z.enum(["reserved", "paid", "cancelled", "expired"]);
export type WireOrderState = z.infer<typeof orderState>;

export const orderAnswer = z.object({
  id: z.string(),
  spikeId: z.string(),
  quantity: z.int().positive(),
  amountMinor: z.int().nonnegative(),
  state: orderState,
  createdAt: time,
  updatedAt: time,
});

/** An order as the admin's list tells it. */
export const adminOrder = orderAnswer.extend({ userId: z.string() });
export type AdminOrder = z.infer<typeof adminOrder>;

export const adminOrderPage = z.object({
  orders: z.array(adminOrder),
  nextCursor: z.string().nullish(),
});

const barredSubject = z.object({ kind: z.enum(["user", "ip"]), value: z.string() });
/** An account or address on the blacklist. */
export type BarredSubject = z.infer<typeof barredSubject>;

export const blacklistPage = z.object({ entries: z.array(barredSubject), nextCursor: z.string().nullish() });

/** May be negative: a ledger that says so is judged by what it says. */
const units = z.int();

export const ledgerAnswer = z.object({
  total: units,
  available: units,
  held: units,
  sold: units,
  returned: units,
  scheduled: units,
  orders: z.object({ reserved: units, paid: units, cancelled: units, expired: units }),
});
export type LedgerFigures = z.infer<typeof ledgerAnswer>;

export const createdSpike = z.object({ id: z.string().min(1) });

export const spikeList = z.object({ serverTime: time });

export const sessionAnswer = z.object({ accessToken: z.string().min(1), expiresIn: z.number().positive() });

export const userAnswer = z.object({ id: z.string().min(1) });

export const registeredAnswer = sessionAnswer.extend({ user: userAnswer });

export const tooEarlyProblem = z.object({ startsAt: time, serverTime: time });

export const limitProblem = z.object({ orderId: z.string() });

/** Limits by name; which names there are is the server's business. */
export const settingsAnswer = z.record(z.string(), z.unknown());
