import type { ServerClock } from "../shared/clock.ts";
import type { Failure } from "../shared/answer.ts";
import { callAsUser, knownSession } from "../shared/session.ts";
import type { OrderBody, ReservationBody, TokenBody } from "../shared/shop-api.ts";
import { forget, isPlaceOf, remember } from "../shared/storage.ts";
import { callAt } from "../shared/ticker.ts";
import {
  type Attempt,
  type AttemptEvent,
  type Effect,
  type Intent,
  isUnderWay,
  NO_ATTEMPT,
  step,
} from "./attempt.ts";
import { type Proof, type ProofOfPurchase, solutionFor } from "./proof.ts";
import { placeOf, type Remembered, rememberedOf } from "./remembered.ts";

const MS_PER_SECOND = 1_000;
/**
 * An attempt that a reload interrupted goes on by itself for this long, in milliseconds. Later the
 * shopper may have thought better of it.
 */
const RESUME_MAX_MS = 2 * 60_000;

/** Proves what a challenge asks for; null when that did not work or `signal` called it off. */
export type Prove = (challenge: unknown, signal: AbortSignal) => Promise<Proof | null>;

/** Runs the machine of one sale: feeds it with what happens, does what it says, remembers what must last. */
export class PurchaseRunner {
  attempt: Attempt = NO_ATTEMPT;
  readonly #spikeId: string;
  readonly #clock: ServerClock;
  readonly #onChange: () => void;
  #callOff: () => void = () => {};
  readonly #prove: Prove;
  #proving = new AbortController();
  /** Of the last challenge. */
  #proof: ProofOfPurchase | undefined;
  /** Tells an answer to what is asked now from one that has been overtaken. */
  #asked = 0;
  /** When that was, on the steady clock. */
  #sent = 0;

  constructor(spikeId: string, clock: ServerClock, prove: Prove, onChange: () => void) {
    this.#spikeId = spikeId;
    this.#clock = clock;
    this.#prove = prove;
    this.#onChange = onChange;
    addEventListener("offline", () => this.send({ type: "offline" }));
    addEventListener("online", () => this.send({ type: "online" }));
    addEventListener("storage", ({ key }) => {
      if (key !== null && isPlaceOf(key, this.#place)) void this.#follow();
    });
  }

  buy(quantity: number): void {
    // Nobody may know whether what was stopped had been bought already; the same key makes it the same purchase.
    const left = rememberedOf(this.#spikeId)?.intent;
    const key = left?.quantity === quantity ? left.key : crypto.randomUUID();
    this.send({ type: "buy", intent: { key, quantity } });
  }

  send(event: AttemptEvent): void {
    const { attempt, effects } = step(this.attempt, event, this.#clock.now());
    this.attempt = attempt;
    if (attempt.kind !== "proving") this.#proving.abort();
    for (const effect of effects) this.#run(effect);
    this.#onChange();
  }

  /** Picks up what an earlier visit left: an attempt under way, or an order. */
  async pickUp(): Promise<void> {
    const left = rememberedOf(this.#spikeId);
    if (!left) return;
    if (left.order) await this.readOrder(left.order.orderId);
    // Whichever way the machine's clock was set meanwhile.
    else if (left.intent && !left.isSetAside && Math.abs(Date.now() - left.at) < RESUME_MAX_MS)
      this.send({ type: "buy", intent: left.intent });
    else if (!left.isSetAside) forget(this.#place);
  }

  /** Another tab may have got what this one still offers. */
  async #follow(): Promise<void> {
    const order = rememberedOf(this.#spikeId)?.order;
    if (order && !isUnderWay(this.attempt)) await this.readOrder(order.orderId);
  }

  /** Asks how the order stands. */
  async readOrder(orderId: string): Promise<void> {
    const answer = await callAsUser<OrderBody>("GET", `/api/orders/${orderId}`);
    if (isUnderWay(this.attempt)) return;
    if (!answer.ok) {
      if (answer.failure.code === "not_found") this.send({ type: "order_gone" });
      return;
    }
    const { body } = answer;
    const known = rememberedOf(this.#spikeId)?.order?.payBefore;
    this.send({
      type: "order",
      order: {
        orderId,
        state: body.state,
        recorded: !("recorded" in body),
        payBefore: "payBefore" in body ? Date.parse(body.payBefore) : known,
      },
    });
  }

  get #place(): string {
    return placeOf(this.#spikeId);
  }

  #run(effect: Effect): void {
    switch (effect.type) {
      case "ask_token":
        return void this.#askToken();
      case "ask_purchase":
        return void this.#askPurchase(effect.token, effect.intent);
      case "prove":
        return void this.#answerChallenge(effect.challenge, effect.intent);
      case "wait_until":
        this.#callOff();
        this.#callOff = callAt(this.#clock, effect.until, () => this.send({ type: "due" }));
        return;
      case "remember_intent":
        return this.#remember({ intent: effect.intent });
      case "set_aside":
        this.#callOff();
        return this.#remember({ intent: effect.intent, isSetAside: true });
      case "remember_order":
        return this.#remember({ order: { orderId: effect.orderId, payBefore: effect.payBefore } });
      case "forget":
        this.#callOff();
        return forget(this.#place);
    }
  }

  #remember(what: Omit<Remembered, "userId" | "at">): void {
    const userId = knownSession()?.userId ?? "";
    remember(this.#place, { userId, at: Date.now(), ...what } satisfies Remembered);
  }

  #ask(): number {
    this.#sent = this.#clock.steady();
    return ++this.#asked;
  }

  async #askToken(): Promise<void> {
    const asked = this.#ask();
    const path = `/api/spikes/${this.#spikeId}/token`;
    const answer = await callAsUser<TokenBody>("POST", path);
    if (asked !== this.#asked) return;
    if (!answer.ok) return this.#fail(answer.failure);
    const { token, expiresAt } = answer.body;
    this.send({ type: "token", token: { token, expiresAt: Date.parse(expiresAt) } });
  }

  async #askPurchase(token: string, { key, quantity }: Intent): Promise<void> {
    const asked = this.#ask();
    const now = this.#clock.isKnown ? this.#clock.now() : undefined;
    const solution = solutionFor({ key }, this.#proof, now);
    const answer = await callAsUser<ReservationBody>(
      "POST",
      `/api/spikes/${this.#spikeId}/purchases/${token}`,
      {
        // One is what no body asks for, and reading a body costs the server more than all its filters.
        ...(quantity > 1 && { body: { quantity } }),
        headers: {
          "idempotency-key": key,
          ...(solution !== undefined && { "challenge-solution": solution }),
        },
      },
    );
    if (asked !== this.#asked) return;
    if (!answer.ok) return this.#fail(answer.failure);
    const { orderId } = answer.body;
    const payBefore = Date.parse(answer.body.payBefore);
    // Something in between has answered in the shop's name. The key makes asking again safe.
    if (Number.isNaN(payBefore)) return this.#fail({ code: "network" });
    this.send({ type: "reserved", orderId, payBefore });
  }

  #fail({ code, retryAfter, startsAt, serverTime, challenge, rule, detail, orderId }: Failure): void {
    // The shop says no by its own clock, so ours was wrong; the attempt waits by the right one.
    if (code === "too_early" && serverTime !== undefined) {
      this.#clock.doubt();
      this.#clock.add({ sent: this.#sent, received: this.#clock.steady(), server: Date.parse(serverTime) });
    }
    this.send({
      type: "failed",
      code,
      retryAfterMs: retryAfter === undefined ? undefined : retryAfter * MS_PER_SECOND,
      startsAt: startsAt === undefined ? undefined : Date.parse(startsAt),
      challenge,
      detail: { rule, detail, orderId },
    });
    if (!navigator.onLine) this.send({ type: "offline" });
  }

  async #answerChallenge(challenge: unknown, { key }: Intent): Promise<void> {
    const asked = this.#ask();
    this.#proving = new AbortController();
    const proof = await this.#prove(challenge, this.#proving.signal);
    if (asked !== this.#asked) return;
    this.#proof = proof ? { ...proof, key } : undefined;
    this.send({ type: proof ? "proved" : "proof_failed" });
  }
}
