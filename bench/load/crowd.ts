import { type BotManner, type Lair, hammer } from "./bot.ts";
import { pause } from "./doors.ts";
import type { Measures } from "./measures.ts";
import { addressOf, PEOPLE_MAX, type Person } from "./people.ts";
import { type Random, randomStream } from "./random.ts";
import { visit } from "./shopper.ts";
import type { Venue } from "./venue.ts";

/** Shoppers sent in without letting the event loop breathe, when the schedule has fallen behind. */
const SEND_IN_AT_ONCE_MAX = 200;

/** Bots that come from one address, as scripts on one rented machine do. */
const BOTS_PER_ADDRESS = 10;
/** Of so many such machines, one runs a careful script; the others try whatever may work. */
const CAREFUL_MACHINE = 10;

/** A crowd on its way: who comes when is fixed, what they do depends on what they are told. */
export class CrowdRun {
  /** Everybody who is in the sale now, those who only keep asking included. */
  inside = 0;
  bots = 0;
  readonly #failures: unknown[] = [];
  readonly #visits: Promise<void>[] = [];
  readonly #venue: Venue;
  readonly #botVenue: Venue;
  readonly #lair: Lair = { tokens: [] };
  readonly #seed: number;

  /** Bots have connections of their own, so that they cannot keep people from sending. */
  constructor(venue: Venue, botVenue: Venue, seed: number) {
    this.#venue = venue;
    this.#botVenue = botVenue;
    this.#seed = seed;
  }

  /**
   * Sends everybody in at their moment (milliseconds after `startsAt`, which `Date.now()` will read),
   * whether or not those before them were served: open loop. `botShare` of them (0 to 1) are bots, evenly
   * spread. Resolves when all are in.
   */
  async sendIn(people: Person[], botShare: number, moments: Float64Array, startsAt: number): Promise<void> {
    let next = 0;
    while (next < people.length) {
      const dueInMs = startsAt + (moments[next] ?? 0) - now();
      if (dueInMs > 0) {
        await pause(dueInMs);
        continue;
      }
      for (let sent = 0; sent < SEND_IN_AT_ONCE_MAX && next < people.length; sent++, next++) {
        const lateMs = now() - (startsAt + (moments[next] ?? 0));
        if (lateMs < 0) break;
        this.#venue.measures.lateness.record(lateMs);
        const isBot = Math.floor((next + 1) * botShare) > Math.floor(next * botShare);
        this.#enter(people[next] as Person, isBot);
      }
      await pause(0);
    }
  }

  /** Resolves when everybody has left. @throws AggregateError of what visits threw, which are bugs in them. */
  async gone(): Promise<void> {
    await Promise.all(this.#visits);
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, "a visit ended in a bug");
  }

  #enter(person: Person, isBot: boolean): void {
    this.#venue.measures.count("arrivals");
    this.inside++;
    const random = randomStream(this.#seed, person.userId);
    const visited = isBot
      ? this.#raid(person, random)
      : visit({ who: "people", person, random, venue: this.#venue });
    const left = visited
      .catch((error: unknown) => {
        this.#failures.push(error);
      })
      .finally(() => {
        this.inside--;
      });
    this.#visits.push(left);
  }

  /** One account of a machine that plays ten. */
  #raid(person: Person, random: Random): Promise<void> {
    const machine = Math.floor(this.bots++ / BOTS_PER_ADDRESS);
    const manner: BotManner = machine % CAREFUL_MACHINE === CAREFUL_MACHINE - 1 ? "careful" : "reckless";
    const address = person.address && addressOf(PEOPLE_MAX - 1 - machine);
    this.#venue.notes.bots.set(person.userId, address);
    return hammer(
      { who: "bots", person: { ...person, address }, random, venue: this.#botVenue },
      this.#lair,
      manner,
    );
  }
}

/** The wall clock in milliseconds with the fraction that `Date.now()` lacks. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Whether the generator kept to its schedule, or measured itself. */
export interface GeneratorHealth {
  /** Share of its one core that the generator's event loop was busy, 0 to 1. */
  busy: number;
  lateP50Ms: number;
  lateP99Ms: number;
  lateMaxMs: number;
  /** True when the figures are the generator's and not the server's. */
  bottleneck: boolean;
}

/** Later than this, in milliseconds at the 99th percentile, and the arrivals are no longer those planned. */
const LATE_P99_MAX_MS = 50;
/** Busier than this and answers wait to be read, which looks like a slow server. */
const BUSY_MAX = 0.9;

export function generatorHealth(measures: Measures, busy: number): GeneratorHealth {
  const { p50, p99, max } = measures.lateness.summary();
  const bottleneck = p99 > LATE_P99_MAX_MS || busy > BUSY_MAX;
  return { busy, lateP50Ms: p50, lateP99Ms: p99, lateMaxMs: max, bottleneck };
}
