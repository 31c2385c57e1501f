import type { Arrival } from "../../load/arrivals.ts";
import type { Topology } from "../topology.ts";
import type { Clock } from "./clock.ts";
import type { Tally } from "./tally.ts";

/** The sale that is to be simulated. */
export interface Forecast {
  users: number;
  stock: number;
  arrival: Arrival;
  windowMs: number;
  holdMs: number;
  /** Of the winners, between 0 and 1. */
  payShare: number;
  /** How long a winner takes to pay: evenly between these. */
  thinkMinMs: number;
  thinkMaxMs: number;
  gates: number;
  stripes: number;
  /** The settings `fleetRequestsPerSecond` and `overloadFactor`; 0 switches one off. */
  fleetRequestsPerSecond: number;
  overloadFactor: number;
}

/** What all parts of a simulation share. */
export interface Scene {
  clock: Clock;
  topology: Topology;
  forecast: Forecast;
  tally: Tally;
}

/** Shoppers who do the same at the same time. */
export interface Party {
  shoppers: number;
  region: number;
  /** When they asked for their purchase tokens. */
  since: number;
}

/** Purchases that one isolate sends to one gate together. */
export interface Call {
  region: number;
  gate: number;
  parties: Party[];
  unanswered: number;
  /** What came of it. */
  won: number;
}

/** Takes up to `most` shoppers off the front of a line of parties. */
export function takeFrom(line: Party[], most: number): Party[] {
  const taken: Party[] = [];
  for (let room = most; room > 0 && line.length > 0;) {
    const [first] = line as [Party];
    const shoppers = Math.min(room, first.shoppers);
    taken.push({ ...first, shoppers });
    room -= shoppers;
    if (shoppers === first.shoppers) line.shift();
    else first.shoppers -= shoppers;
  }
  return taken;
}

export const headcount = (parties: readonly Party[]): number =>
  parties.reduce((sum, { shoppers }) => sum + shoppers, 0);
