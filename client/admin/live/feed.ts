import type { HistoryFrame, LevelsFrame, LiveFrame, WireLedger } from "./frames.ts";
import { freshen } from "../../shared/session.ts";
import { ask } from "../shared/calls.ts";
import { backOffMs } from "./back-off.ts";

/** How figures reach this page: pushed, fetched while nothing can be pushed, or not at all. */
export type Connection = "connecting" | "live" | "polling" | "offline" | "gone";

type Frame = LiveFrame | HistoryFrame | LevelsFrame;

export interface FeedListener {
  onFrame: (frame: Frame) => void;
  onLedger: (ledger: WireLedger) => void;
  onConnection: (connection: Connection) => void;
}

const POLL_MS = 1_000;
/** A socket that says nothing for this long is taken for dead, in milliseconds; frames come each second. */
const SILENCE_MAX_MS = 10_000;
/** The server's word for a sale that was deleted: nothing more will come. */
const CLOSE_SALE_DELETED = 4002;

/**
 * The live figures of one sale. They come over a WebSocket; while there is none, the ledger is fetched each
 * second, and connecting is tried again and again, more and more slowly.
 */
export class LiveFeed {
  readonly #spikeId: string;
  readonly #listener: FeedListener;
  #socket: WebSocket | undefined;
  #failures = 0;
  #isStopped = false;
  #isLive = false;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #poll: ReturnType<typeof setInterval> | undefined;

  constructor(spikeId: string, listener: FeedListener) {
    this.#spikeId = spikeId;
    this.#listener = listener;
  }

  start(): void {
    this.#listener.onConnection("connecting");
    this.#poll = setInterval(() => void this.#pollLedger(), POLL_MS);
    void this.#connect();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#silence);
    clearTimeout(this.#retry);
    clearInterval(this.#poll);
    this.#socket?.close();
  }

  async #connect(): Promise<void> {
    // The handshake cannot be repeated with a new cookie, so the session has to last.
    await freshen();
    if (this.#isStopped) return;
    const address = new URL(`/api/admin/spikes/${this.#spikeId}/live`, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#expectWord(socket);
    socket.addEventListener("message", ({ data }) => this.#receive(socket, String(data)));
    socket.addEventListener("close", ({ code }) => this.#lose(socket, code));
  }

  #receive(socket: WebSocket, text: string): void {
    if (socket !== this.#socket || this.#isStopped) return;
    this.#expectWord(socket);
    this.#failures = 0;
    if (!this.#isLive) this.#listener.onConnection("live");
    this.#isLive = true;
    this.#listener.onFrame(JSON.parse(text) as Frame);
  }

  #lose(socket: WebSocket, code: number): void {
    if (socket !== this.#socket || this.#isStopped) return;
    this.#socket = undefined;
    this.#isLive = false;
    clearTimeout(this.#silence);
    if (code === CLOSE_SALE_DELETED) {
      this.stop();
      return this.#listener.onConnection("gone");
    }
    this.#retry = setTimeout(() => void this.#connect(), backOffMs(this.#failures++, Math.random()));
  }

  /** Networks lose connections without telling either end. */
  #expectWord(socket: WebSocket): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      socket.close();
      this.#lose(socket, 0);
    }, SILENCE_MAX_MS);
  }

  async #pollLedger(): Promise<void> {
    if (this.#isLive || document.visibilityState === "hidden") return;
    const answer = await ask("GET", "/spikes/:id/ledger", { param: { id: this.#spikeId } });
    if (this.#isLive || this.#isStopped) return;
    this.#listener.onConnection(answer.ok ? "polling" : "offline");
    if (answer.ok) this.#listener.onLedger(answer.body);
  }
}
