import type { Receipt } from "./evidence.ts";
import { between, randomText } from "./random.ts";
import { BREAK_AFTER_MAX_MS, type Intent, settle } from "./settle.ts";
import { ask, type Heard, reconnectPauseMs, type Visitor } from "./venue.ts";
import { limitProblem, reservationAnswer, tokenAnswer } from "./wire.ts";

/** Somebody who is only ever asked to slow down leaves after this long, in milliseconds. */
const WAITING_PATIENCE_MS = 60_000;
/** Nobody leaves in doubt: without an answer a shopper tries for this long, in milliseconds. */
const ANSWER_PATIENCE_MS = 180_000;
/** How often a keen shopper asks whether anything came back, in milliseconds. */
const KEEN_PAUSE_MIN_MS = 2_000;
const KEEN_PAUSE_MAX_MS = 5_000;
/** Of what a server asks to wait, clients add up to this share, so that they do not come back all at once. */
const WAIT_JITTER = 0.2;
const KEY_CHARS = 24;

/** One shopper from the door to the end: buys, waits for the record, then pays, cancels or walks away. */
export async function visit(visitor: Visitor): Promise<void> {
  const { random, venue, person } = visitor;
  const errand = new Errand(visitor);
  const won = await errand.buy().finally(() => venue.asking.delete(person.userId));
  if (!won) return;
  // Those who waited for something to come back do not let it go again.
  const intent = errand.toldSoldOut ? "pay" : intentOf(random(), venue.manners.pay, venue.manners.cancel);
  await settle(visitor, won.receipt, won.pollPath, intent);
}

function intentOf(dice: number, pay: number, cancel: number): Intent {
  if (dice < pay) return "pay";
  return dice < pay + cancel ? "cancel" : "walk_away";
}

interface Won {
  receipt: Receipt;
  pollPath: string;
}

/** One wish to buy: one idempotency key, however many requests it takes. */
class Errand {
  toldSoldOut = false;
  readonly #visitor: Visitor;
  readonly #key: string;
  readonly #keen: boolean;
  readonly #startedAt = performance.now();
  #token: string | null = null;
  /** The answer that brought the token has left its connection open for the purchase. */
  #tokenIsNew = false;
  #timesLost = 0;
  /** The purchase that will lose its connection is the first one of the errand. */
  #breaksNext: boolean;
  /** A purchase was sent whose answer was not read; the order it may have made, if that was seen. */
  #lost: { orderId: string | null } | null = null;

  constructor(visitor: Visitor) {
    this.#visitor = visitor;
    this.#key = randomText(visitor.random, KEY_CHARS);
    this.#keen = visitor.random() < visitor.venue.manners.keen;
    this.#breaksNext = visitor.random() < visitor.venue.manners.breaks;
  }

  async buy(): Promise<Won | null> {
    for (;;) {
      const purchasing = this.#token !== null;
      const heard = purchasing ? await this.#purchase() : await this.#askForToken();
      if (heard.kind === "ok" && purchasing) return this.#win(heard.body);
      if (!(await this.#goesOnAfter(heard, purchasing))) return null;
    }
  }

  async #askForToken(): Promise<Heard> {
    const { venue } = this.#visitor;
    const heard = await ask(this.#visitor, "token", {
      method: "POST",
      path: `/api/spikes/${venue.spikeId}/token`,
    });
    if (heard.kind === "ok") {
      const answer = tokenAnswer.safeParse(heard.body);
      this.#tokenIsNew = answer.success;
      if (answer.success) this.#token = answer.data.token;
      else venue.notes.contradict("unexpected_answer", `token: ${JSON.stringify(heard.body)}`);
    }
    return heard;
  }

  async #purchase(): Promise<Heard> {
    const { random } = this.#visitor;
    const breaks = this.#breaksNext;
    this.#breaksNext = false;
    const follows = this.#tokenIsNew;
    this.#tokenIsNew = false;
    const heard = await ask(this.#visitor, "purchase", {
      method: "POST",
      path: purchasePath(this.#visitor, this.#token ?? ""),
      idempotencyKey: this.#key,
      follows,
      body: {},
      breakAfterMs: breaks ? between(random, 0, BREAK_AFTER_MAX_MS) : undefined,
    });
    if (heard.kind === "broken" || heard.kind === "unexpected") this.#lost ??= { orderId: null };
    if (!breaks || heard.kind !== "ok") return heard;
    // The answer was faster than the break: it counts as never read, and what it said as a secret.
    this.#lost = { orderId: reservationAnswer.safeParse(heard.body).data?.orderId ?? null };
    return { kind: "broken" };
  }

  /** Reads a 202, and with the dice sends the same purchase again to see that nothing changes. */
  async #win(body: unknown): Promise<Won | null> {
    const { person, random, venue } = this.#visitor;
    const answer = reservationAnswer.safeParse(body);
    if (!answer.success) {
      venue.notes.contradict("unexpected_answer", `purchase: ${JSON.stringify(body)}`);
      return null;
    }
    const { orderId, poll } = answer.data;
    if (this.#lost) this.#compare(this.#lost.orderId, orderId);
    venue.measures.count("wins");
    venue.measures.step("win", performance.now() - this.#startedAt);
    const receipt: Receipt = { userId: person.userId, orderId, quantity: 1, told: "reserved" };
    venue.notes.receipts.push(receipt);
    if (random() < venue.manners.breaks) await this.#buyAgain(orderId);
    return { receipt, pollPath: pathOf(poll) };
  }

  /** The same key once more: until it is answered, or patience or the purchase token runs out. */
  async #buyAgain(orderId: string): Promise<void> {
    const { venue } = this.#visitor;
    for (;;) {
      const heard = await this.#purchase();
      if (heard.kind === "ok") {
        this.#compare(orderId, reservationAnswer.safeParse(heard.body).data?.orderId ?? "none");
        return;
      }
      if (heard.kind === "sold_out" || heard.kind === "no") {
        venue.notes.contradict("same_key", `${orderId}, then ${codeOf(heard)} for the same key`);
        return;
      }
      if (heard.kind === "bad_token" || this.#waited() > WAITING_PATIENCE_MS) return;
      await this.#pauseAfter(heard);
    }
  }

  #compare(first: string | null, second: string): void {
    const { notes } = this.#visitor.venue;
    notes.repeatedKeys++;
    if (first !== null && first !== second) {
      notes.contradict("same_key", `one key gave the orders ${first} and ${second}`);
    }
  }

  /** Whether the shopper tries again, after the pause that the answer calls for. */
  async #goesOnAfter(heard: Heard, purchasing: boolean): Promise<boolean> {
    const { venue, person } = this.#visitor;
    if (heard.kind === "ok") return true;
    if (heard.kind === "bad_token") this.#token = null;
    if (heard.kind === "sold_out") {
      this.toldSoldOut = true;
      if (this.#keen) venue.asking.add(person.userId);
    }
    const asks = venue.asking.has(person.userId);
    if (heard.kind === "no" || (heard.kind === "sold_out" && !asks)) {
      this.#leave(heard, purchasing);
      return false;
    }
    const inDoubt = this.#lost !== null || heard.kind === "broken";
    const outOfPatience = this.#waited() > (inDoubt ? ANSWER_PATIENCE_MS : WAITING_PATIENCE_MS);
    if (asks ? !venue.doors.open : outOfPatience) {
      this.#leave(heard, purchasing);
      return false;
    }
    await this.#pauseAfter(heard);
    return true;
  }

  #pauseAfter(heard: Heard): Promise<void> {
    const { random, venue } = this.#visitor;
    const jitter = 1 + random() * WAIT_JITTER;
    this.#timesLost = heard.kind === "broken" ? this.#timesLost + 1 : 0;
    switch (heard.kind) {
      case "wait":
        return venue.doors.wait(heard.ms * jitter);
      case "sold_out":
        return venue.doors.wait(
          Math.max(heard.retryAfterMs ?? 0, between(random, KEEN_PAUSE_MIN_MS, KEEN_PAUSE_MAX_MS)),
        );
      default:
        return venue.doors.wait(reconnectPauseMs(random, this.#timesLost));
    }
  }

  #leave(heard: Heard, purchasing: boolean): void {
    const { notes } = this.#visitor.venue;
    const { userId } = this.#visitor.person;
    // Only these two say that the key has no order; "too fast" or "prove who you are" leave it open.
    const refused = heard.kind === "sold_out" || (heard.kind === "no" && heard.code === "ended");
    if (this.#lost) notes.unanswered.push({ userId, end: purchasing && refused ? "refused" : "gave_up" });
    if (heard.kind !== "no" || heard.code !== "limit_reached") return;
    // An account that buys once, with one key, can only have reached a limit by an order of that very key.
    const orderId = limitProblem.safeParse(heard.body).data?.orderId;
    notes.contradict("same_key", `limit_reached with order ${orderId ?? "unknown"} for the same key`);
  }

  #waited(): number {
    return performance.now() - this.#startedAt;
  }
}

function codeOf(heard: Heard): string {
  return heard.kind === "no" ? heard.code : heard.kind;
}

/** Where a purchase with this token goes. */
export function purchasePath(visitor: Visitor, token: string): string {
  return `/api/spikes/${visitor.venue.spikeId}/purchases/${encodeURIComponent(token)}`;
}

/** `poll` may be a path or a whole address. */
export function pathOf(poll: string): string {
  const { pathname, search } = new URL(poll, "http://localhost");
  return pathname + search;
}
