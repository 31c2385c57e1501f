import type { Receipt } from "./evidence.ts";
import { randomText } from "./random.ts";
import { settle } from "./settle.ts";
import { pathOf, purchasePath } from "./shopper.ts";
import { ask, type Heard, type Visitor } from "./venue.ts";
import { limitProblem, reservationAnswer, tokenAnswer } from "./wire.ts";

/** Requests one bot sends at most: enough to be half of all traffic at a share of a few percent. */
const BOT_REQUESTS_MAX = 50;
/** Of a bot's purchases: with a token it made up, and with one that another bot was given. */
const GUESS_SHARE = 0.2;
const BORROW_SHARE = 0.2;
const GUESS_CHARS = 120;
const KEY_CHARS = 24;

/** Purchase tokens that bots have and share. */
export interface Lair {
  tokens: { token: string; ownerId: string }[];
}

/**
 * Somebody's script: no pause, no `Retry-After`, a new key for every purchase, tokens guessed and
 * borrowed. What it wins, it pays, because that is what it came for.
 */
export async function hammer(visitor: Visitor, lair: Lair): Promise<void> {
  const bot = new Bot(visitor, lair);
  for (let sent = 0; sent < BOT_REQUESTS_MAX && visitor.venue.doors.open; sent++) await bot.strike();
  await Promise.all(bot.settling);
}

class Bot {
  /** Payments under way: a script does not stop buying to pay. */
  readonly settling: Promise<void>[] = [];
  readonly #visitor: Visitor;
  readonly #lair: Lair;
  #token: string | null = null;

  constructor(visitor: Visitor, lair: Lair) {
    this.#visitor = visitor;
    this.#lair = lair;
  }

  async strike(): Promise<void> {
    const dice = this.#visitor.random();
    const borrowed = this.#lair.tokens.at(Math.floor(this.#visitor.random() * this.#lair.tokens.length));
    if (dice < GUESS_SHARE) return this.#buyWithForged(randomText(this.#visitor.random, GUESS_CHARS));
    if (dice < GUESS_SHARE + BORROW_SHARE && borrowed && borrowed.ownerId !== this.#visitor.person.userId) {
      return this.#buyWithForged(borrowed.token);
    }
    return this.#token === null ? this.#askForToken() : this.#buy(this.#token);
  }

  async #askForToken(): Promise<void> {
    const { person, venue } = this.#visitor;
    const heard = await this.#send(`/api/spikes/${venue.spikeId}/token`);
    if (heard.kind !== "ok") return;
    const answer = tokenAnswer.safeParse(heard.body);
    if (!answer.success) return;
    this.#token = answer.data.token;
    this.#lair.tokens.push({ token: answer.data.token, ownerId: person.userId });
  }

  async #buy(token: string): Promise<void> {
    const { person, venue } = this.#visitor;
    const heard = await this.#send(purchasePath(this.#visitor, token), true);
    if (heard.kind === "ok") this.#keep(heard.body);
    if (heard.kind === "bad_token") this.#token = null;
    if (heard.kind === "broken" || heard.kind === "unexpected") {
      venue.notes.unanswered.push({ userId: person.userId, end: "gave_up" });
    }
    if (
      heard.kind === "no" &&
      !limitProblem.safeParse(heard.body).success &&
      heard.code === "limit_reached"
    ) {
      venue.notes.contradict("unexpected_answer", "limit_reached without an orderId");
    }
  }

  async #buyWithForged(token: string): Promise<void> {
    const { notes } = this.#visitor.venue;
    notes.forgedTokens++;
    const heard = await this.#send(purchasePath(this.#visitor, token), true);
    if (heard.kind !== "ok") return;
    notes.contradict("forged_token", JSON.stringify(heard.body));
    this.#keep(heard.body);
  }

  #keep(body: unknown): void {
    const { person, venue } = this.#visitor;
    const answer = reservationAnswer.safeParse(body);
    if (!answer.success) {
      venue.notes.contradict("unexpected_answer", `purchase: ${JSON.stringify(body)}`);
      return;
    }
    const { orderId, poll } = answer.data;
    const receipt: Receipt = { userId: person.userId, orderId, quantity: 1, told: "reserved" };
    venue.measures.count("wins");
    venue.notes.receipts.push(receipt);
    this.settling.push(settle(this.#visitor, receipt, pathOf(poll), "pay"));
  }

  #send(path: string, purchases = false): Promise<Heard> {
    const { random } = this.#visitor;
    const request = { method: "POST" as const, path };
    if (!purchases) return ask(this.#visitor, "token", request);
    const idempotencyKey = randomText(random, KEY_CHARS);
    return ask(this.#visitor, "purchase", { ...request, idempotencyKey, body: {} });
  }
}
