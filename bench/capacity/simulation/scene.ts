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
  /** When they asked for their purchase tokens, or came again with them. */
  since: number;
  /** They come with their purchase tokens. */
  hasTokens?: boolean;
}

/** Purchases that one isolate sends to one gate together. */
export interface Call {
  region: number;
  gate: number;
  parties: Party[];
  unanswered: number;
  /** What came of it. */
  won: number;
  /** Frees the isolate for the next call to this gate. */
  returned: () => void;
}

export const headcount = (parties: readonly Party[]): number =>
  parties.reduce((sum, { shoppers }) => sum + shoppers, 0);

/** Parties that wait, the first ones in front. */
export class PartyLine {
  waiting = 0;
  readonly #parties: Party[] = [];

  add(party: Party): void {
    this.waiting += party.shoppers;
    this.#parties.push(party);
  }

  /** Takes up to `most` shoppers off the front. */
  take(most: number): Party[] {
    const taken: Party[] = [];
    for (let room = most; room > 0 && this.waiting > 0;) {
      const [first] = this.#parties as [Party];
      const shoppers = Math.min(room, first.shoppers);
      taken.push({ ...first, shoppers });
      room -= shoppers;
      this.waiting -= shoppers;
      if (shoppers === first.shoppers) this.#parties.shift();
      else first.shoppers -= shoppers;
    }
    return taken;
  }
}
