import { DurableObject } from "cloudflare:workers";
import { log, messageOf } from "../../workers/shared/log.ts";
import type { WebhookSenderRpc } from "./messages.ts";
import { type RoundResult, sendRound } from "./round.ts";
import { endpointPauseMs } from "./schedule.ts";
import { type SenderStore, senderStore } from "./store.ts";

/** Pause after a round that the database broke off, in milliseconds. */
const DATABASE_PAUSE_MS = 30_000;

const ENDPOINT_KEY = "endpoint";
const FAILED_ROUNDS_KEY = "failed_rounds";
const LEFT_ALONE_UNTIL_KEY = "left_alone_until";

/**
 * Sends one endpoint's events, round by round on its alarm. One object an endpoint: a slow one delays no
 * other, and the events of an order cannot overtake each other. What is to be sent stands in D1; the object
 * remembers only how the endpoint does, so losing it costs a minute, until cron wakes it again.
 */
export class WebhookSender extends DurableObject<Env> implements WebhookSenderRpc {
  async wake(endpointId: string, hurry: boolean): Promise<void> {
    const { kv } = this.ctx.storage;
    kv.put(ENDPOINT_KEY, endpointId);
    if (hurry) this.#noteRounds(0, 0);
    await this.#ringAt(Math.max(Date.now(), kv.get<number>(LEFT_ALONE_UNTIL_KEY) ?? 0));
  }

  override async alarm(): Promise<void> {
    const endpointId = this.ctx.storage.kv.get<string>(ENDPOINT_KEY);
    if (endpointId === undefined) return;
    const store = senderStore(this.env.DB, endpointId, Math.random);
    try {
      await this.#goOn(store, await sendRound(store, this.#outside()));
    } catch (error) {
      log.error("webhook_round_failed", { endpointId, message: messageOf(error) });
      await this.#ringAt(Date.now() + DATABASE_PAUSE_MS);
    }
  }

  async #goOn(store: SenderStore, { end, askedPauseMs }: RoundResult): Promise<void> {
    const failedRounds = end === "silent" ? this.#failedRounds() + 1 : 0;
    const pauseMs = Math.max(failedRounds > 0 ? endpointPauseMs(failedRounds) : 0, askedPauseMs);
    const leftAloneUntil = pauseMs > 0 ? Date.now() + pauseMs : 0;
    this.#noteRounds(failedRounds, leftAloneUntil);
    // An endpoint that is switched off has events waiting as well; who switches it on wakes this object.
    if (end === "off") return;
    // It may have become due since the round looked.
    const dueAt = await store.nextDueAt();
    if (dueAt !== null) await this.#ringAt(Math.max(dueAt, leftAloneUntil));
  }

  #failedRounds(): number {
    return this.ctx.storage.kv.get<number>(FAILED_ROUNDS_KEY) ?? 0;
  }

  #noteRounds(failed: number, leftAloneUntil: number): void {
    this.ctx.storage.kv.put(FAILED_ROUNDS_KEY, failed);
    this.ctx.storage.kv.put(LEFT_ALONE_UNTIL_KEY, leftAloneUntil);
  }

  /**
   * Whoever woke this object meanwhile may have asked for an earlier time. That time is set again too: after a
   * crash an alarm may stand in the storage and never come.
   */
  async #ringAt(at: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    await this.ctx.storage.setAlarm(Math.min(at, set ?? at));
  }

  #outside() {
    const { WEBHOOK_DNS_URL: dnsUrl, WEBHOOK_ALLOW_LOOPBACK: loopback } = this.env;
    return { fetch: fetch.bind(globalThis), dnsUrl, allowLoopback: loopback === "on", now: Date.now };
  }
}
