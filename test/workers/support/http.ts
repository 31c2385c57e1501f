import { exports } from "cloudflare:workers";

export const ORIGIN = "https://spike.test";

export interface Call {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
}

/** A request to the Worker under test, over HTTP. */
export function request(path: string, { method, headers = {}, body }: Call = {}): Promise<Response> {
  const init: RequestInit = { method: method ?? (body === undefined ? "GET" : "POST"), headers };
  if (body !== undefined) {
    init.headers = { "content-type": "application/json", ...headers };
    init.body = typeof body === "string" ? body : JSON.stringify(body);
  }
  return exports.default.fetch(ORIGIN + path, init);
}

/** Status and JSON body of an answer; the body is null where there is none. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
export async function call<Body = any>(
  path: string,
  options?: Call,
): Promise<{ status: number; body: Body }> {
  const response = await request(path, options);
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : null) as Body };
}
