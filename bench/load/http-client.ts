import { Pool } from "undici";
import { z } from "zod";

/** One request as a shopper, bot or admin sends it. */
export interface LoadRequest {
  method: "GET" | "POST" | "PUT" | "DELETE" | "PATCH";
  path: string;
  accessToken?: string | undefined;
  /** Sent as `CF-Connecting-IP`, where the target believes it. */
  address?: string | undefined;
  idempotencyKey?: string | undefined;
  body?: unknown;
  /** Follows an answer: the sender has a connection, and stands before all who wait for their first. */
  follows?: boolean | undefined;
  /** Tears the connection down after this many milliseconds, answered or not. */
  breakAfterMs?: number | undefined;
}

export interface Answer {
  status: number;
  /** The parsed body, or its text when it is not JSON. */
  body: unknown;
  /** The refusal's code, when the answer is a problem document. */
  code: string | null;
  /** How long the server asks to wait, in milliseconds. */
  retryAfterMs: number | null;
  /** From asking to sending: the wait for a free connection, in milliseconds. */
  waitedMs: number;
  /** From sending to the last byte of the answer, in milliseconds. */
  servedMs: number;
}

/** No answer came: the connection broke, or was never made. The request may have happened. */
export class BrokenConnection extends Error {
  override readonly name = "BrokenConnection";
}

/** An answer that takes longer than this counts as a broken connection, in milliseconds. */
const ANSWER_TIMEOUT_MS = 60_000;

const problemSchema = z.object({ code: z.string(), retryAfter: z.number().optional() });

/**
 * A bounded set of keep-alive connections, one request at a time on each. Requests beyond that wait
 * in line here, where the wait is measured, and not inside the pool, where it would look like service time.
 */
export class LoadClient {
  readonly #pool: Pool;
  readonly #followers = new Line();
  readonly #newcomers = new Line();
  #free: number;

  constructor(url: string, connections: number) {
    this.#free = connections;
    this.#pool = new Pool(url, {
      connections,
      pipelining: 1,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
    });
  }

  /** @throws BrokenConnection when no complete answer came. */
  async send(request: LoadRequest): Promise<Answer> {
    const askedAt = performance.now();
    await this.#takeTurn(request.follows ? this.#followers : this.#newcomers);
    const sentAt = performance.now();
    try {
      const { status, contentType, retryAfter, text } = await this.#exchange(request);
      const answeredAt = performance.now();
      const body = parseBody(contentType, text);
      return {
        status,
        body,
        ...readProblem(status, body, retryAfter),
        waitedMs: sentAt - askedAt,
        servedMs: answeredAt - sentAt,
      };
    } catch (error) {
      throw new BrokenConnection(error instanceof Error ? error.message : String(error));
    } finally {
      this.#endTurn();
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #exchange(request: LoadRequest) {
    const breaker = request.breakAfterMs === undefined ? null : new AbortController();
    const timer = breaker && setTimeout(() => breaker.abort(), request.breakAfterMs);
    try {
      const response = await this.#pool.request({
        path: request.path,
        method: request.method,
        headers: headersOf(request),
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal: breaker?.signal ?? null,
      });
      const text = await response.body.text();
      return {
        status: response.statusCode,
        contentType: String(response.headers["content-type"] ?? ""),
        retryAfter: response.headers["retry-after"],
        text,
      };
    } finally {
      if (timer) clearTimeout(timer);
    }
  }

  #takeTurn(line: Line): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return line.join();
  }

  #endTurn(): void {
    if (!this.#followers.callNext() && !this.#newcomers.callNext()) this.#free++;
  }
}

/** First come, first served. */
class Line {
  readonly #waiting: (() => void)[] = [];
  /** Those before it have been called: moving a long array up for each would cost more than a request. */
  #head = 0;

  join(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** False when nobody waits. */
  callNext(): boolean {
    const next = this.#waiting[this.#head];
    if (!next) return false;
    this.#head++;
    if (this.#head === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#head = 0;
    }
    next();
    return true;
  }
}

function headersOf(request: LoadRequest): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (request.accessToken) headers["authorization"] = `Bearer ${request.accessToken}`;
  if (request.address) headers["cf-connecting-ip"] = request.address;
  if (request.idempotencyKey) headers["idempotency-key"] = request.idempotencyKey;
  if (request.body !== undefined) headers["content-type"] = "application/json";
  return headers;
}

function parseBody(contentType: string, text: string): unknown {
  if (!contentType.includes("json")) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new BrokenConnection("the answer is not the JSON it claims to be");
  }
}

function readProblem(status: number, body: unknown, retryAfter: string | string[] | undefined) {
  if (status < 400) return { code: null, retryAfterMs: null };
  const problem = problemSchema.safeParse(body);
  const seconds = Number(retryAfter ?? problem.data?.retryAfter);
  return {
    code: problem.success ? problem.data.code : `http_${status}`,
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null,
  };
}
