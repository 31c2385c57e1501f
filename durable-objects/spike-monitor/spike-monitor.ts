import { DurableObject } from "cloudflare:workers";
import { secondOf } from "../../workers/shared/counts.ts";
import { log, messageOf } from "../../workers/shared/log.ts";
import { poolViews, readWhole } from "../../workers/shared/pool.ts";
import { ledgerName, type LedgerRef, ledgersOf } from "../../workers/shared/stripes.ts";
import { withTimeLimit } from "../../workers/shared/time-limit.ts";
import type { LedgerView, SpikeStockRpc } from "../spike-stock/messages.ts";
import { Figures, KEPT_SECONDS } from "./figures.ts";
import { historyFrames, levelsFrame, liveFrame, RECENT_SECONDS } from "./frames.ts";
import { Levels } from "./levels.ts";
import {
  type CountsReport,
  type LiveFigures,
  LIVE_PATH,
  type SaleSummary,
  type SpikeMonitorRpc,
} from "./messages.ts";

/** Figures are stored, and frames sent, this often, in milliseconds. */
const TICK_MS = 1_000;
/** An alarm for a tick that is further away than this, or this much overdue, is set anew; in milliseconds. */
const TICK_LOST_MS = 10_000;
/** How often old seconds are cleared out while nothing else happens, in milliseconds. */
const PRUNE_EVERY_MS = 600_000;
/** Longest a frame waits for the ledger, in milliseconds; then it goes without. */
const LEDGER_PATIENCE_MS = 2_000;
/** People who may watch one spike at once. */
export const WATCHERS_MAX = 50;
/** Close codes of our own: 4000 to 4999 are an application's. */
const CLOSE_SESSION_OVER = 4001;
const CLOSE_SPIKE_DELETED = 4002;

/** What a socket remembers through hibernation. */
interface Watcher {
  spikeId: string;
  /** When it must prove anew that it may watch, epoch milliseconds. */
  until: number;
}

/**
 * Keeps the figures of one spike's last hour and shows them to whoever watches. It stands beside the
 * ledger, so that a sale in which something happens costs the ledger one read a second, however many look.
 */
export class SpikeMonitor extends DurableObject<Env> implements SpikeMonitorRpc {
  #figures: Figures;
  #levels: Levels;
  /** Of the newest report. */
  #spikeId: string | undefined;
  /** When the alarm comes that this life of the object has set for the next tick, epoch milliseconds. */
  #tickDueAt: number | undefined;
  /** An isolate's last report may come after its sale is gone, for some seconds: it must not begin anew. */
  #isErased = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#figures = new Figures(ctx.storage);
    this.#levels = new Levels(ctx.storage);
  }

  async report({ spikeId, seconds }: CountsReport): Promise<void> {
    if (this.#isErased) return;
    this.#spikeId = spikeId;
    this.#figures.add(seconds, Date.now());
    if (this.#figures.isDirty) await this.#tickSoon();
  }

  async figures(spikeId: string): Promise<LiveFigures> {
    const summary = await this.summary(spikeId);
    return { ...summary, seconds: this.#figures.since(secondOf(summary.at) - KEPT_SECONDS) };
  }

  async summary(spikeId: string): Promise<SaleSummary> {
    const at = Date.now();
    const ledger = await this.#viewOf(spikeId);
    return { at, totals: this.#figures.totals(), ledger };
  }

  async erase(): Promise<void> {
    this.#isErased = true;
    for (const socket of this.ctx.getWebSockets()) socket.close(CLOSE_SPIKE_DELETED, "the sale was deleted");
    await this.ctx.storage.deleteAll();
    this.#figures = new Figures(this.ctx.storage);
    this.#levels = new Levels(this.ctx.storage);
  }

  /** A WebSocket handshake at LIVE_PATH; whoever forwards it has made sure that the caller may watch. */
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const spikeId = url.searchParams.get("spike");
    const until = Number(url.searchParams.get("until"));
    if (url.pathname !== LIVE_PATH || spikeId === null) return new Response(null, { status: 404 });
    if (this.ctx.getWebSockets().length >= WATCHERS_MAX) return new Response(null, { status: 503 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment({ spikeId, until } satisfies Watcher);
    const first = secondOf(Date.now()) - KEPT_SECONDS;
    for (const frame of historyFrames(this.#figures.since(first))) server.send(JSON.stringify(frame));
    const levels = this.#levels.since(first);
    if (levels.length > 0) server.send(JSON.stringify(levelsFrame(levels)));
    await this.#tickSoon();
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Watchers have nothing to say. */
  override async webSocketMessage(): Promise<void> {}

  override async alarm(): Promise<void> {
    const now = Date.now();
    this.#tickDueAt = undefined;
    const isCounting = this.#figures.isDirty;
    try {
      this.#figures.store(now);
      this.#levels.forgetBefore(secondOf(now) - KEPT_SECONDS);
    } catch (error) {
      log.error("figures_not_stored", { message: messageOf(error) });
    }
    await this.#lookAtLedger(isCounting, now);
    if (this.#figures.isDirty || this.ctx.getWebSockets().length > 0) await this.#tickSoon(now);
    else if (!this.#figures.isEmpty || !this.#levels.isEmpty)
      await this.ctx.storage.setAlarm(now + PRUNE_EVERY_MS);
  }

  /** While anything happens or anybody watches: what the ledger says is kept, and shown to who watches. */
  async #lookAtLedger(isCounting: boolean, now: number): Promise<void> {
    const sockets = this.ctx.getWebSockets().filter((socket) => staysOpen(socket, now));
    const [first] = sockets;
    const spikeId = first ? watcherOf(first).spikeId : isCounting ? this.#spikeId : undefined;
    if (spikeId === undefined) return;
    const ledger = await this.#readLedger(spikeId);
    if (this.#isErased) return;
    if (ledger) this.#levels.record({ second: secondOf(now), ...ledger });
    if (first) this.#pushFrames(sockets, ledger, now);
  }

  #pushFrames(sockets: WebSocket[], ledger: LedgerView | null, now: number): void {
    const recent = this.#figures.since(secondOf(now) - RECENT_SECONDS + 1);
    const frame = JSON.stringify(liveFrame(recent, this.#figures.totals(), ledger, now));
    for (const socket of sockets) send(socket, frame);
  }

  /** Null when the ledger cannot say in time: the other figures are worth showing then more than ever. */
  async #readLedger(spikeId: string): Promise<LedgerView | null> {
    try {
      return await withTimeLimit(this.#viewOf(spikeId), LEDGER_PATIENCE_MS, "The ledger's view");
    } catch (error) {
      log.warn("ledger_not_shown", { spikeId, message: messageOf(error) });
      return null;
    }
  }

  async #tickSoon(from = Date.now()): Promise<void> {
    // When the clock has gone back, the alarm that is set would be long in coming.
    if (this.#tickDueAt !== undefined && Math.abs(this.#tickDueAt - Date.now()) < TICK_LOST_MS) return;
    this.#tickDueAt = from + TICK_MS;
    await this.ctx.storage.setAlarm(this.#tickDueAt);
  }

  #viewOf(spikeId: string): Promise<LedgerView> {
    const views = () => Promise.all(ledgersOf(spikeId).map((ledger) => this.#stubOf(ledger).view()));
    return readWhole(views, poolViews);
  }

  #stubOf(ledger: LedgerRef): SpikeStockRpc {
    return this.env.SPIKE_STOCK.get(this.env.SPIKE_STOCK.idFromName(ledgerName(ledger)));
  }
}

function watcherOf(socket: WebSocket): Watcher {
  return socket.deserializeAttachment() as Watcher;
}

function staysOpen(socket: WebSocket, now: number): boolean {
  const over = watcherOf(socket).until <= now;
  if (over) socket.close(CLOSE_SESSION_OVER, "the session is over; connect again");
  return !over;
}

/** A socket that broke a moment ago is cleared away by the platform. */
function send(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch (error) {
    log.info("watcher_gone", { message: messageOf(error) });
  }
}
