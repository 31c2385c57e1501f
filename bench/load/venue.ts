import type { Doors } from "./doors.ts";
import type { Notes } from "./evidence.ts";
import { type Answer, BrokenConnection, type LoadClient, type LoadRequest } from "./http-client.ts";
import type { Measures, Step } from "./measures.ts";
import type { Person } from "./people.ts";
import { between, type Random } from "./random.ts";
import { readReply, type Reply } from "./replies.ts";

/** How the crowd behaves; shares are between 0 and 1. */
export interface Manners {
  /** Of those who win, how many pay, and how many cancel; the others walk away. */
  pay: number;
  cancel: number;
  /** Of all purchases and payments, how many lose their connection before the answer is read. */
  breaks: number;
  /** Of all shoppers, how many keep asking after "sold out", for what comes back. */
  keen: number;
  /** The longest time a winner thinks before paying or cancelling, in milliseconds. */
  thinkMaxMs: number;
  /** How long a winner waits to see the order recorded before going on without, in milliseconds. */
  recordPatienceMs: number;
}

/** The sale as those inside see it. */
export interface Venue {
  /** For those who want to buy. */
  client: LoadClient;
  /** For those who have bought: a winner who pays has a connection, however long the line of the others. */
  till: LoadClient;
  measures: Measures;
  notes: Notes;
  doors: Doors;
  spikeId: string;
  manners: Manners;
  /** Shoppers who were told "sold out" and keep asking, right now. */
  asking: Set<string>;
}

/** One person in the sale, with dice of their own. */
export interface Visitor {
  who: "people" | "bots";
  person: Person;
  random: Random;
  venue: Venue;
}

/** A reply, or none because the connection broke. */
export type Heard = Reply | { kind: "broken" };

/** A client that lost its connection comes back after this long, in milliseconds, and doubles it each time. */
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 400;
const RECONNECT_DOUBLINGS_MAX = 3;

/** Sends one request of a visitor and notes what came of it; a yes is timed as `step`. Bots are counted, not timed. */
export async function ask(visitor: Visitor, step: Step, request: LoadRequest): Promise<Heard> {
  const { person, venue } = visitor;
  const { measures, notes } = venue;
  const onPurchasePath = step === "token" || step === "purchase";
  const client = onPurchasePath ? venue.client : venue.till;
  try {
    const answer = await client.send({
      ...request,
      accessToken: person.accessToken,
      address: person.address,
    });
    const reply = readReply(answer);
    if (onPurchasePath) measures.attempt(visitor.who);
    if (reply.kind !== "ok" && answer.code !== null) measures.refuse(answer.code, visitor.who);
    if (visitor.who === "people") time(measures, reply.kind === "ok" ? step : "refusal", answer);
    if (reply.kind === "unexpected") {
      notes.contradict("unexpected_answer", `${request.method} ${step}: ${reply.status} ${reply.code}`);
    }
    return reply;
  } catch (error) {
    if (!(error instanceof BrokenConnection)) throw error;
    measures.count("broken");
    return { kind: "broken" };
  }
}

function time(measures: Measures, step: Step, answer: Answer): void {
  measures.waiting.record(answer.waitedMs);
  measures.step(step, answer.waitedMs + answer.servedMs);
}

/** The pause before a client that has lost its connection so often in a row tries again. */
export function reconnectPauseMs(random: Random, timesLost: number): number {
  const doublings = Math.min(Math.max(0, timesLost - 1), RECONNECT_DOUBLINGS_MAX);
  return between(random, RECONNECT_MIN_MS, RECONNECT_MAX_MS) * 2 ** doublings;
}
