import { eligible, notBlacklisted } from "./access.ts";
import { accountLimit } from "./account-limit.ts";
import { addressLimit } from "./address-limit.ts";
import type { Filter } from "./attempt.ts";
import { challenge } from "./challenge.ts";
import { fleetCeiling } from "./fleet-ceiling.ts";
import { authenticated, purchaseToken } from "./identity.ts";
import { overload } from "./overload.ts";
import { knownSpike, openForNew, openPhase, soldOut } from "./phase.ts";
import { notBarred } from "./suspicion.ts";

/*
 * The way of a request through a sale: the cheapest filter first, each refuses without asking the
 * next. What a filter has learned, the later ones use.
 */

/** Before a purchase token is given out: only while the sale is open, and only to who may take part. */
export const TOKEN_FUNNEL: readonly Filter[] = [
  addressLimit,
  knownSpike,
  fleetCeiling,
  soldOut,
  authenticated,
  accountLimit,
  openPhase,
  notBarred,
  notBlacklisted,
  eligible,
];

/** Before a purchase goes to its gate. */
export const PURCHASE_FUNNEL: readonly Filter[] = [
  addressLimit,
  knownSpike,
  fleetCeiling,
  overload,
  openForNew,
  authenticated,
  openPhase,
  purchaseToken,
  notBarred,
  notBlacklisted,
  eligible,
  challenge,
];
