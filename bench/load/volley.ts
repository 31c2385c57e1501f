import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { Latency, type LatencySummary } from "./measures.ts";

/*
 * A load generator that must not be the bottleneck: requests are bytes made beforehand, connections are
 * plain sockets, and of an answer only what is asked for is read. Some twenty times cheaper than a client
 * that makes objects of requests and answers.
 */

export interface Volley {
  /** Where to send, http only. */
  url: string;
  /** Keep-alive connections, one request at a time on each. */
  connections: number;
  /** The next request as it travels, undefined when there is none any more. */
  next: () => Buffer | undefined;
  /**
   * Requests a second, sent on schedule whether or not answers come (open loop): latency then counts from
   * the scheduled moment, so that waiting is not hidden. Absent: each connection sends as soon as it is
   * answered (closed loop).
   */
  perSecond?: number | undefined;
  /** Sends nothing new after so many milliseconds. */
  durationMs?: number | undefined;
  /** Hears of each answer: of the how-manieth request, its status and its body. */
  onAnswer?: ((index: number, status: number, body: () => string) => void) | undefined;
}

export interface VolleyResult {
  answers: number;
  /** How many answers had each status. */
  statuses: Record<string, number>;
  /** From the first request to the last answer. */
  seconds: number;
  /** From sending, or in an open loop from the scheduled moment, to the last byte; milliseconds. */
  latency: LatencySummary;
  generator: GeneratorHealth;
}

/** Whether the generator kept up. */
export interface GeneratorHealth {
  /** Share of its one core, 0 to 1. */
  busy: number;
  /** How much later than scheduled requests went out though a connection was free, 99th percentile, milliseconds. */
  lateP99Ms: number;
}

/** Busier or later than this, the generator measures itself. */
const GENERATOR_BUSY_MAX = 0.9;
const GENERATOR_LATE_MAX_MS = 20;

export const isBottleneck = ({ busy, lateP99Ms }: GeneratorHealth): boolean =>
  busy > GENERATOR_BUSY_MAX || lateP99Ms > GENERATOR_LATE_MAX_MS;

/** No answer for so long is a failure, in milliseconds. */
const SILENCE_MAX_MS = 30_000;
const MS_PER_SECOND = 1_000;

/**
 * Sends a volley of requests and waits for all their answers.
 * @throws Error when a connection breaks or falls silent: a benchmark of a broken server is worth nothing.
 */
export async function fire(volley: Volley): Promise<VolleyResult> {
  const gun = new Gun(volley);
  const idle = performance.eventLoopUtilization();
  const seconds = await gun.fire();
  const busy = performance.eventLoopUtilization(idle).utilization;
  const latency = gun.latency.summary();
  return {
    answers: latency.count,
    statuses: gun.statuses,
    seconds,
    latency,
    generator: { busy, lateP99Ms: gun.lateness.summary().p99 },
  };
}

/** A request on its way. */
interface Shot {
  index: number;
  /** What its latency counts from. */
  since: number;
}

class Gun {
  readonly latency = new Latency();
  readonly lateness = new Latency();
  readonly statuses: Record<string, number> = {};
  readonly #volley: Volley;
  readonly #wires: Wire[] = [];
  readonly #free: Wire[] = [];
  /** Scheduled moments whose request found no free connection yet, the oldest first. */
  readonly #due: number[] = [];
  #dueHead = 0;
  #sent = 0;
  #underWay = 0;
  #done = false;
  #startedAt = 0;
  #lastAnswerAt = 0;
  #finish: () => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor(volley: Volley) {
    this.#volley = volley;
  }

  /** Resolves with the seconds it took. */
  async fire(): Promise<number> {
    const { url, connections } = this.#volley;
    const { hostname, port } = new URL(url);
    const opening = Array.from({ length: connections }, () => openSocket(hostname, Number(port)));
    for (const socket of await Promise.all(opening)) this.#wires.push(this.#wireOf(socket));
    const watchdog = setInterval(() => this.#watch(), MS_PER_SECOND);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#finish = resolve;
        this.#fail = reject;
        this.#startedAt = this.#lastAnswerAt = performance.now();
        this.#free.push(...this.#wires);
        if (this.#volley.perSecond === undefined) this.#fillConnections();
        else this.#keepSchedule(this.#volley.perSecond);
      });
    } finally {
      clearInterval(watchdog);
      for (const wire of this.#wires) wire.close();
    }
    return (this.#lastAnswerAt - this.#startedAt) / MS_PER_SECOND;
  }

  #wireOf(socket: Socket): Wire {
    const wire = new Wire(socket, {
      onAnswer: (shot, status, body) => this.#answered(wire, shot, status, body),
      onBreak: (why) => this.#fail(new Error(`a connection broke: ${why}`)),
    });
    return wire;
  }

  #fillConnections(): void {
    for (let wire = this.#free.pop(); wire; wire = this.#free.pop()) {
      if (!this.#send(wire, performance.now())) return this.#finishWhenQuiet();
    }
  }

  /** Every millisecond or so, whatever has become due since. */
  #keepSchedule(perSecond: number): void {
    let scheduled = 0;
    const tick = () => {
      const now = performance.now();
      const elapsed = now - this.#startedAt;
      const until = Math.min(elapsed, this.#volley.durationMs ?? Infinity);
      const due = Math.floor((until * perSecond) / MS_PER_SECOND);
      for (; scheduled < due; scheduled++) {
        const at = this.#startedAt + (scheduled * MS_PER_SECOND) / perSecond;
        const wire = this.#free.pop();
        if (!wire) this.#due.push(at);
        else {
          this.lateness.record(now - at);
          if (!this.#send(wire, at)) return this.#finishWhenQuiet();
        }
      }
      if (elapsed < (this.#volley.durationMs ?? Infinity)) setTimeout(tick, 1);
      else this.#endSchedule();
    };
    tick();
  }

  #endSchedule(): void {
    if (this.#dueHead === this.#due.length) this.#done = true;
    if (this.#done) this.#finishWhenQuiet();
    else setTimeout(() => this.#endSchedule(), 1);
  }

  /** False when there is nothing left to send. */
  #send(wire: Wire, since: number): boolean {
    const isOver = performance.now() - this.#startedAt > (this.#volley.durationMs ?? Infinity);
    const bytes =
      this.#done || (isOver && this.#volley.perSecond === undefined) ? undefined : this.#volley.next();
    if (!bytes) {
      this.#done = true;
      this.#free.push(wire);
      return false;
    }
    this.#underWay++;
    wire.send(bytes, { index: this.#sent++, since });
    return true;
  }

  #answered(wire: Wire, { index, since }: Shot, status: number, body: () => string): void {
    const now = performance.now();
    this.#underWay--;
    this.#lastAnswerAt = now;
    this.latency.record(now - since);
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    this.#volley.onAnswer?.(index, status, body);
    if (this.#volley.perSecond === undefined) {
      if (!this.#send(wire, performance.now())) this.#finishWhenQuiet();
    } else if (this.#dueHead < this.#due.length) {
      if (!this.#send(wire, this.#due[this.#dueHead++] as number)) this.#finishWhenQuiet();
    } else {
      this.#free.push(wire);
      this.#finishWhenQuiet();
    }
  }

  #finishWhenQuiet(): void {
    if (this.#done && this.#underWay === 0) this.#finish();
  }

  #watch(): void {
    if (this.#underWay === 0 || performance.now() - this.#lastAnswerAt < SILENCE_MAX_MS) return;
    this.#fail(new Error(`${this.#underWay} requests had no answer for ${SILENCE_MAX_MS / MS_PER_SECOND} s`));
  }
}

interface WireEvents {
  onAnswer: (shot: Shot, status: number, body: () => string) => void;
  onBreak: (why: string) => void;
}

const HEAD_END = "\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
/** "HTTP/1.1 202": where the status stands. */
const STATUS_AT = 9;
const STATUS_DIGITS = 3;

/** One connection, one request at a time. */
class Wire {
  readonly #socket: Socket;
  readonly #events: WireEvents;
  #shot: Shot | undefined;
  #received: Buffer | undefined;

  constructor(socket: Socket, events: WireEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => events.onBreak(error.message));
    socket.on("close", () => {
      if (this.#shot) events.onBreak("closed before the answer");
    });
  }

  send(bytes: Buffer, shot: Shot): void {
    this.#shot = shot;
    this.#socket.write(bytes);
  }

  close(): void {
    this.#shot = undefined;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const received = this.#received ? Buffer.concat([this.#received, chunk]) : chunk;
    const headEnd = received.indexOf(HEAD_END);
    const shot = this.#shot;
    if (headEnd < 0 || !shot || !isComplete(received, headEnd)) {
      this.#received = received;
      return;
    }
    this.#received = undefined;
    this.#shot = undefined;
    const status = Number(received.toString("latin1", STATUS_AT, STATUS_AT + STATUS_DIGITS));
    this.#events.onAnswer(shot, status, () => received.toString("utf8", headEnd + HEAD_END.length));
  }
}

/** Whether the whole body has come: as long as announced, or up to the last chunk. */
function isComplete(received: Buffer, headEnd: number): boolean {
  const length = CONTENT_LENGTH.exec(received.toString("latin1", 0, headEnd))?.[1];
  if (length !== undefined) return received.length >= headEnd + HEAD_END.length + Number(length);
  return received.subarray(-LAST_CHUNK.length).toString("latin1") === LAST_CHUNK;
}

function openSocket(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** A request without a body, or with one of JSON, as it travels. */
export function requestBytes(
  method: "GET" | "POST",
  path: string,
  headers: Record<string, string>,
  body?: string,
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = method === "GET" ? "" : `content-length: ${Buffer.byteLength(body ?? "")}\r\n`;
  const type = body === undefined ? "" : "content-type: application/json\r\n";
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: bench\r\n${lines.join("")}${type}${length}\r\n${body ?? ""}`,
  );
}
