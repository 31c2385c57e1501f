import type { Receipt } from "./evidence.ts";
import { randomText } from "./random.ts";
import { settle } from "./settle.ts";
import { pathOf, purchasePath } from "./shopper.ts";
import { ask, type Heard, type Visitor } from "./venue.ts";
import { limitProblem, reservationAnswer, tokenAnswer } from "./wire.ts";

/** Requests one bot sends at most once the sale is on: enough to be half of all traffic at a share of a few percent. */
const BOT_REQUESTS_MAX = 50;
/** Of a reckless bot's requests: with a token it made up, and with one that another bot was given. */
const GUESS_SHARE = 0.2;
const BORROW_SHARE = 0.2;
const GUESS_CHARS = 120;
const KEY_CHARS = 24;

/** Purchase tokens that bots have and share. */
export interface Lair {
  tokens: { token: string; ownerId: string }[];
}

/**
 * `reckless` asks before the start, without end, and tries tokens that it made up or that another bot was given.
 * `careful` comes when the sale starts, and uses its own token only.
 */
export type BotManner = "reckless" | "careful";

/**
 * Somebody's script: no pause, no `Retry-After`, a new key for every purchase. What it wins, it pays, because
 * that is what it came for.
 */
export async function hammer(visitor: Visitor, lair: Lair, manner: BotManner): Promise<void> {
  const bot = new Bot(visitor, lair, manner);
  const { doors } = visitor.venue;
  for (let sent = 0; sent < BOT_REQUESTS_MAX && doors.open;) {
    const heard = await bot.strike();
    // What comes before the start is on top: a script does not tire.
    if (heard.kind !== "wait" || heard.code !== "too_early") sent++;
    else if (manner === "careful") await doors.wait(heard.ms);
  }
  await Promise.all(bot.settling);
}

class Bot {
  /** Payments under way: a script does not stop buying to pay. */
  readonly settling: Promise<void>[] = [];
  readonly #visitor: Visitor;
  readonly #lair: Lair;
  readonly #manner: BotManner;
  #token: string | null = null;

  constructor(visitor: Visitor, lair: Lair, manner: BotManner) {
    this.#visitor = visitor;
    this.#lair = lair;
    this.#manner = manner;
  }

  async strike(): Promise<Heard> {
    if (this.#manner === "reckless") return this.#tryAnything();
    return this.#token === null ? this.#askForToken() : this.#buy(this.#token);
  }

  async #tryAnything(): Promise<Heard> {
    const dice = this.#visitor.random();
    const borrowed = this.#lair.tokens.at(Math.floor(this.#visitor.random() * this.#lair.tokens.length));
    if (dice < GUESS_SHARE) return this.#buyWithForged(randomText(this.#visitor.random, GUESS_CHARS));
    if (dice < GUESS_SHARE + BORROW_SHARE && borrowed && borrowed.ownerId !== this.#visitor.person.userId) {
      return this.#buyWithForged(borrowed.token);
    }
    return this.#token === null ? this.#askForToken() : this.#buy(this.#token);
  }

  async #askForToken(): Promise<Heard> {
    const { person, venue } = this.#visitor;
    const heard = await this.#send(`/api/spikes/${venue.spikeId}/token`);
    const answer = heard.kind === "ok" ? tokenAnswer.safeParse(heard.body) : undefined;
    if (!answer?.success) return heard;
    this.#token = answer.data.token;
    this.#lair.tokens.push({ token: answer.data.token, ownerId: person.userId });
    return heard;
  }

  async #buy(token: string): Promise<Heard> {
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
    return heard;
  }

  async #buyWithForged(token: string): Promise<Heard> {
    const { notes } = this.#visitor.venue;
    notes.forgedTokens++;
    const heard = await this.#send(purchasePath(this.#visitor, token), true);
    if (heard.kind !== "ok") return heard;
    notes.contradict("forged_token", JSON.stringify(heard.body));
    this.#keep(heard.body);
    return heard;
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
