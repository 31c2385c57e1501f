import { performance } from "node:perf_hooks";
import { type Connection, openConnections, type Shot } from "./connection.ts";
import { Latency, type LatencySummary } from "./measures.ts";

/*
 * A load generator that must not be the bottleneck: requests are bytes made beforehand, connections are
 * plain sockets, and of an answer only what is asked for is read. Some twenty times cheaper than a client
 * that makes objects of requests and answers.
 */

export interface Shots {
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

export interface Volley extends Shots {
  /** Where to send, http only. */
  url: string;
  /** Keep-alive connections, one request at a time on each. */
  connections: number;
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
  const connections = await openConnections(volley.url, volley.connections);
  try {
    return await fireOver(connections, volley);
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** The same over connections that are open already, and stay so for the next volley. After an error they are of no use. */
export async function fireOver(connections: readonly Connection[], shots: Shots): Promise<VolleyResult> {
  const gun = new Gun(connections, shots);
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

class Gun {
  readonly latency = new Latency();
  readonly lateness = new Latency();
  readonly statuses: Record<string, number> = {};
  readonly #shots: Shots;
  readonly #connections: readonly Connection[];
  readonly #free: Connection[] = [];
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

  constructor(connections: readonly Connection[], shots: Shots) {
    this.#connections = connections;
    this.#shots = shots;
  }

  /** Resolves with the seconds it took. */
  async fire(): Promise<number> {
    const listener = {
      onAnswer: this.#answered.bind(this),
      onBreak: (why: string) => this.#fail(new Error(`a connection broke: ${why}`)),
    };
    for (const connection of this.#connections) connection.heardBy(listener);
    const watchdog = setInterval(() => this.#watch(), MS_PER_SECOND);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#finish = resolve;
        this.#fail = reject;
        this.#startedAt = this.#lastAnswerAt = performance.now();
        this.#free.push(...this.#connections);
        if (this.#shots.perSecond === undefined) this.#fillConnections();
        else this.#keepSchedule(this.#shots.perSecond);
      });
    } finally {
      clearInterval(watchdog);
      for (const connection of this.#connections) connection.heardBy(undefined);
    }
    return (this.#lastAnswerAt - this.#startedAt) / MS_PER_SECOND;
  }

  #fillConnections(): void {
    for (let connection = this.#free.pop(); connection; connection = this.#free.pop()) {
      if (!this.#send(connection, performance.now())) return this.#finishWhenQuiet();
    }
  }

  /** Every millisecond or so, whatever has become due since. */
  #keepSchedule(perSecond: number): void {
    let scheduled = 0;
    const tick = () => {
      const now = performance.now();
      const elapsed = now - this.#startedAt;
      const until = Math.min(elapsed, this.#shots.durationMs ?? Infinity);
      const due = Math.floor((until * perSecond) / MS_PER_SECOND);
      for (; scheduled < due; scheduled++) {
        const at = this.#startedAt + (scheduled * MS_PER_SECOND) / perSecond;
        const connection = this.#free.pop();
        if (!connection) this.#due.push(at);
        else {
          this.lateness.record(now - at);
          if (!this.#send(connection, at)) return this.#finishWhenQuiet();
        }
      }
      if (elapsed < (this.#shots.durationMs ?? Infinity)) setTimeout(tick, 1);
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
  #send(connection: Connection, since: number): boolean {
    const isOver = performance.now() - this.#startedAt > (this.#shots.durationMs ?? Infinity);
    const bytes =
      this.#done || (isOver && this.#shots.perSecond === undefined) ? undefined : this.#shots.next();
    if (!bytes) {
      this.#done = true;
      this.#free.push(connection);
      return false;
    }
    this.#underWay++;
    connection.send(bytes, { index: this.#sent++, since });
    return true;
  }

  #answered(connection: Connection, { index, since }: Shot, status: number, body: () => string): void {
    const now = performance.now();
    this.#underWay--;
    this.#lastAnswerAt = now;
    this.latency.record(now - since);
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    this.#shots.onAnswer?.(index, status, body);
    if (this.#shots.perSecond === undefined) {
      if (!this.#send(connection, performance.now())) this.#finishWhenQuiet();
    } else if (this.#dueHead < this.#due.length) {
      if (!this.#send(connection, this.#due[this.#dueHead++] as number)) this.#finishWhenQuiet();
    } else {
      this.#free.push(connection);
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
