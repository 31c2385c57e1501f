import type { Answer, Failure } from "./answer.ts";

/** An answer that takes longer than this is taken for none, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

/** One request to our own API, as the cookies say who we are. Never throws: no answer is an answer, too. */
export async function call<Body>(
  method: Method,
  path: string,
  { body, headers = {} }: CallOptions = {},
): Promise<Answer<Body>> {
  try {
    const response = await fetch(path, {
      method,
      headers: {
        ...requestName(),
        ...headers,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      // The clock is set by what the server says now, so no answer may be an old one.
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) return { ok: false, failure: await readFailure(response) };
    const text = await response.text();
    return { ok: true, status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as Body };
  } catch {
    return { ok: false, failure: { code: "network" } };
  }
}

/** Names the request, so that the server's logs can be searched for it; a page without TLS cannot. */
function requestName(): Record<string, string> {
  return "randomUUID" in crypto ? { "x-request-id": crypto.randomUUID() } : {};
}

/** A proxy in between may answer with something that is no problem document. */
async function readFailure(response: Response): Promise<Failure> {
  const retryAfter = Number(response.headers.get("retry-after")) || undefined;
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json");
  if (isProblem) return (await response.json()) as Failure;
  const code = response.status === 429 ? "rate_limited" : "internal_error";
  return { code, ...(retryAfter !== undefined && { retryAfter }) };
}
