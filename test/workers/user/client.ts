import { exports } from "cloudflare:workers";

export const ORIGIN = "https://spike.test";
export const PASSWORD = "grüne Äpfel im Korb";

export interface SetCookie {
  value: string;
  /** Lower case, sorted: `httponly`, `path=/`, … */
  attributes: string[];
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Empty for an answer without a body. */
  body: Record<string, unknown>;
  /** What the answer sets, by cookie name. */
  cookies: Map<string, SetCookie>;
}

export interface Call {
  headers?: Record<string, string>;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
}

export async function call(method: string, path: string, { headers = {}, body }: Call = {}): Promise<Answer> {
  const init: RequestInit = { method, headers };
  if (body !== undefined) {
    init.body = typeof body === "string" ? body : JSON.stringify(body);
    init.headers = { "content-type": "application/json", ...headers };
  }
  const response = await exports.default.fetch(`${ORIGIN}${path}`, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    cookies: new Map(response.headers.getSetCookie().map(parseSetCookie)),
  };
}

function parseSetCookie(line: string): [string, SetCookie] {
  const [pair = "", ...attributes] = line.split("; ");
  const at = pair.indexOf("=");
  const sorted = attributes.map((text) => text.toLowerCase()).sort();
  return [pair.slice(0, at), { value: pair.slice(at + 1), attributes: sorted }];
}

export const register = (username: string, password = PASSWORD, headers = {}) =>
  call("POST", "/api/users", { body: { username, password }, headers });

export const logIn = (username: string, password = PASSWORD, headers = {}) =>
  call("POST", "/api/sessions", { body: { username, password }, headers });

export const bearer = (token: unknown) => ({ authorization: `Bearer ${String(token)}` });

/** The refresh cookie of an answer, ready to send back. */
export function refreshCookieOf(answer: Answer): string {
  const cookie = answer.cookies.get("spike_refresh");
  if (!cookie) throw new Error(`The answer sets no refresh cookie: ${JSON.stringify(answer.body)}`);
  return `spike_refresh=${cookie.value}`;
}

export const refresh = (cookie: string, headers = {}) =>
  call("POST", "/api/sessions/refresh", { headers: { cookie, ...headers } });

export const me = (token: unknown) => call("GET", "/api/users/me", { headers: bearer(token) });
