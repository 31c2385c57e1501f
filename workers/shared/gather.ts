import { log, messageOf } from "./log.ts";
import type { Pace } from "./pace.ts";
import { Refusal } from "./refusals.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/*
 * Gathering: requests that wait in one isolate travel in one call. A call to a Durable Object costs
 * more than answering a whole request, so the cheapest call is the one that carries its neighbours.
 *
 * The first request goes at once and leads; what arrives while its call is in flight queues up and
 * goes together as soon as it returns, after a breath. Calls that return at once do not follow each
 * other at once: they keep a pace (`pace.ts`), so that each carries what came meanwhile.
 *
 * I/O belongs to the request that started it. So the lead is handed on: each call is made by a
 * request that is in its own batch, in its own context. A leader may fail or fall silent (its
 * isolate turn was cut short); then the others try again by themselves, which is safe because every
 * call can be repeated.
 *
 * Whoever may be handed the lead must outlive its client's hanging up, and keeping a context alive costs as much
 * as half a call's share. So only some of those who wait do, the heirs, and the lead goes to the next of them.
 */

/** Of so many who wait in a row at least one is an heir. */
export const HEIR_EVERY = 16;

export interface GatherOptions<Request, Reply> {
  /** Name for the logs. */
  name: string;
  /** Most requests one call carries. */
  batchMax: number;
  /** Whether one more request may wait behind so many; if not, it is refused as `overloaded`. */
  hasRoom: (waiting: number) => boolean;
  /** How long a leader may stay silent before the others stop waiting for it, in milliseconds. */
  silenceMs: number;
  /** Makes the call. Must answer with one reply per request, in their order; must be safe to repeat. */
  send: (batch: Request[]) => Promise<Reply[]>;
  /** When calls that are not full may leave; shared with the gatherers of other objects. */
  pace: Pace;
  /**
   * Waits so many milliseconds before a call leaves that is not full, and in any case lets those in who have
   * arrived already and were not read yet: a turn of the event loop. Who finds nobody on the way and nobody
   * gone just now does not breathe.
   */
  breathe: (ms: number) => Promise<unknown>;
  /** Keeps the calling request's context alive though its client hangs up. */
  waitUntil: (work: Promise<unknown>) => void;
  /** Epoch milliseconds. */
  now: () => number;
}

/** What a waiting request is told. */
type Outcome<Reply> =
  | { kind: "reply"; reply: Reply }
  | { kind: "lead" }
  /** A refusal counts for the whole batch: trying again alone would only add to the load. */
  | { kind: "refused"; refusal: Refusal }
  | { kind: "alone" };

/** A request, and who hears of it first. */
interface Submitted<Request, Reply> {
  request: Request;
  onKnown: OnKnown<Reply>;
}

/**
 * Hears the reply to a request as soon as anybody here has it, or nothing when the call that carried it failed or
 * may never be made. Called by whoever knows, in any context: the request's own client may have hung up, and
 * nothing that waits in its context goes on then. So it must do no more than change what is in memory. Called
 * again when a request that was left to itself has its reply after all.
 */
export type OnKnown<Reply> = (reply: Reply | undefined) => void;

interface Waiting<Request, Reply> extends Submitted<Request, Reply> {
  /** When the call that carries it started, epoch ms; undefined while it queues. */
  sentAt: number | undefined;
  /** Its context stays alive though its client hangs up. */
  isHeir: boolean;
  tell: (outcome: Outcome<Reply>) => void;
}

export class Gatherer<Request, Reply> {
  readonly #options: GatherOptions<Request, Reply>;
  readonly #queue: Waiting<Request, Reply>[] = [];
  /** The flight whose return wakes the queue; undefined when nobody leads. */
  #flight: { startedAt: number } | undefined;

  constructor(options: GatherOptions<Request, Reply>) {
    this.#options = options;
  }

  /** Requests that wait for a flight to return. Nobody leads and nobody comes: those left have hung up. */
  get waiting(): number {
    return this.#mayLead() ? 0 : this.#queue.length;
  }

  /**
   * Sends `request`, together with whatever else is waiting, and returns its reply.
   * @param onKnown hears of it also when whoever submitted it is gone.
   * @throws Refusal `overloaded` when there is no room to wait; whatever `send` throws when it fails for this request alone.
   */
  submit(request: Request, onKnown: OnKnown<Reply> = () => undefined): Promise<Reply> {
    const submitted = { request, onKnown };
    if (this.#mayLead()) return this.#outlivingClient(this.#takeLead(submitted));
    const isHeir = !this.#queue.slice(1 - HEIR_EVERY).some((waiting) => waiting.isHeir);
    const work = this.#follow(submitted, isHeir);
    return isHeir ? this.#outlivingClient(work) : work;
  }

  #outlivingClient(work: Promise<Reply>): Promise<Reply> {
    this.#options.waitUntil(work.catch(() => undefined));
    return work;
  }

  #mayLead(): boolean {
    return !this.#flight || this.#isSilent(this.#flight.startedAt);
  }

  #isSilent(since: number): boolean {
    return this.#options.now() - since > this.#options.silenceMs;
  }

  async #takeLead(submitted: Submitted<Request, Reply>): Promise<Reply> {
    const breathMs = this.#untilDeparture();
    // Taken by now, so that what comes meanwhile queues up.
    this.#flight = { startedAt: this.#options.now() };
    if (breathMs > 0) await this.#options.breathe(breathMs);
    return await this.#lead(submitted);
  }

  #untilDeparture(): number {
    return this.#options.pace.join(this.#options.now());
  }

  async #lead(submitted: Submitted<Request, Reply>): Promise<Reply> {
    const flight = { startedAt: this.#options.now() };
    this.#flight = flight;
    const followers = this.#queue.splice(0, this.#options.batchMax - 1);
    for (const follower of followers) follower.sentAt = flight.startedAt;
    const aboard = [submitted, ...followers];
    try {
      const replies = await this.#send(aboard.map(({ request }) => request));
      aboard.forEach(({ onKnown }, i) => onKnown(replies[i]));
      followers.forEach((follower, i) => follower.tell({ kind: "reply", reply: replies[i + 1] as Reply }));
      return replies[0] as Reply;
    } catch (error) {
      for (const { onKnown } of aboard) onKnown(undefined);
      const outcome = failureOutcome<Reply>(error);
      for (const follower of followers) follower.tell(outcome);
      log.warn("gathered_call_failed", {
        name: this.#options.name,
        batch: aboard.length,
        message: messageOf(error),
      });
      if (error instanceof Refusal) throw error;
      return await this.#alone(submitted);
    } finally {
      if (this.#flight === flight) this.#handOver();
    }
  }

  async #follow(submitted: Submitted<Request, Reply>, isHeir: boolean): Promise<Reply> {
    if (!this.#options.hasRoom(this.#queue.length))
      throw new Refusal("overloaded", { retryAfter: retryAfterSeconds(0) });
    const outcome = await this.#outcome(submitted, isHeir);
    switch (outcome.kind) {
      case "reply":
        return outcome.reply;
      case "lead":
        await this.#breathe();
        return await this.#outlivingClient(this.#lead(submitted));
      case "refused":
        throw outcome.refusal;
      case "alone":
        return await this.#alone(submitted);
    }
  }

  /** What goes full gains nothing by waiting, but those after it wait for its sake. */
  async #breathe(): Promise<void> {
    const breathMs = this.#untilDeparture();
    if (this.#queue.length < this.#options.batchMax - 1) await this.#options.breathe(breathMs);
  }

  /** Waits for the leader's word, but not for ever. A long queue behind a leader that works is no silence. */
  async #outcome(submitted: Submitted<Request, Reply>, isHeir: boolean): Promise<Outcome<Reply>> {
    const { promise, resolve } = Promise.withResolvers<Outcome<Reply>>();
    const waiting: Waiting<Request, Reply> = { ...submitted, sentAt: undefined, isHeir, tell: resolve };
    const onSilence = () => {
      const verdict = this.#judgeSilence(waiting);
      if (verdict) resolve(verdict);
      else timer = setTimeout(onSilence, this.#options.silenceMs);
    };
    let timer = setTimeout(onSilence, this.#options.silenceMs);
    this.#queue.push(waiting);
    const outcome = await promise;
    // Here, not where the leader tells: a timer belongs to the request that set it.
    clearTimeout(timer);
    return outcome;
  }

  /** What a request does that heard nothing for a while; undefined: wait on, somebody is at work. */
  #judgeSilence(waiting: Waiting<Request, Reply>): Outcome<Reply> | undefined {
    if (waiting.sentAt !== undefined) return this.#isSilent(waiting.sentAt) ? { kind: "alone" } : undefined;
    if (!this.#mayLead()) return undefined;
    this.#queue.splice(this.#queue.indexOf(waiting), 1);
    return { kind: "lead" };
  }

  async #alone({ request, onKnown }: Submitted<Request, Reply>): Promise<Reply> {
    const [reply] = await this.#send([request]);
    onKnown(reply);
    return reply as Reply;
  }

  async #send(batch: Request[]): Promise<Reply[]> {
    const replies = await this.#options.send(batch);
    if (replies.length !== batch.length) {
      throw new Error(`${this.#options.name}: ${replies.length} replies to ${batch.length} requests`);
    }
    return replies;
  }

  #handOver(): void {
    this.#flight = undefined;
    const heir = this.#queue.findIndex((waiting) => waiting.isHeir);
    // Without one the first has to do; if it is gone, silence frees the lead.
    const [next] = this.#queue.splice(Math.max(0, heir), 1);
    if (!next) return;
    if (!next.isHeir) next.onKnown(undefined);
    // Until the next leader runs, the lead is taken; if it never runs, silence frees it.
    this.#flight = { startedAt: this.#options.now() };
    next.tell({ kind: "lead" });
  }
}

function failureOutcome<Reply>(error: unknown): Outcome<Reply> {
  return error instanceof Refusal ? { kind: "refused", refusal: error } : { kind: "alone" };
}
