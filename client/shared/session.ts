import type { Answer } from "./answer.ts";
import { call, type CallOptions, type Method } from "./http.ts";
import type { GrantBody, SessionBody } from "./shop-api.ts";
import { forget, recall, remember } from "./storage.ts";

const STORED = "session";
/** A session that ends sooner than this is refreshed ahead of time, in milliseconds. */
const FRESH_ENOUGH_MS = 5 * 60_000;
const MS_PER_SECOND = 1_000;

/**
 * What this browser knows about who is logged in. The tokens themselves are in cookies no script can
 * read; the server decides, and this only says what to show and when to refresh.
 */
export interface KnownSession {
  userId: string;
  username: string;
  /** By this machine's clock, which may be wrong: then a 401 tells. Epoch milliseconds. */
  expiresAt: number;
}

export function knownSession(): KnownSession | undefined {
  const known = recall<Partial<KnownSession>>(STORED);
  const isWhole = typeof known?.userId === "string" && typeof known.username === "string";
  return isWhole ? (known as KnownSession) : undefined;
}

/** Calls when somebody else is logged in than now: in another tab, or since this page was left. */
export function onOtherSession(action: () => void): void {
  const userId = knownSession()?.userId;
  const check = () => {
    if (knownSession()?.userId !== userId) action();
  };
  addEventListener("storage", check);
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) check();
  });
}

/** Sends a form's name and password; the cookies come with the answer. */
export async function enter(
  form: "login" | "register",
  credentials: { username: string; password: string },
): Promise<Answer<SessionBody>> {
  const path = form === "login" ? "/api/sessions" : "/api/users";
  const answer = await call<SessionBody>("POST", path, { body: credentials });
  if (answer.ok) {
    const { user, expiresIn } = answer.body;
    remember(STORED, { userId: user.id, username: user.username, expiresAt: expiryOf(expiresIn) });
  }
  return answer;
}

export async function leave(): Promise<void> {
  await call("DELETE", "/api/sessions");
  forget(STORED);
}

/** A call on behalf of whoever is logged in: an expired session is refreshed, and the call sent again. */
export async function callAsUser<Body>(
  method: Method,
  path: string,
  options: CallOptions = {},
): Promise<Answer<Body>> {
  const before = knownSession();
  const answer = await call<Body>(method, path, options);
  if (answer.ok || answer.failure.code !== "unauthenticated" || !before) return answer;
  return (await refresh(before)) ? call<Body>(method, path, options) : answer;
}

/** Makes sure that the session lasts a while, so that a purchase needs no refresh in between. */
export async function freshen(): Promise<void> {
  const session = knownSession();
  if (session && session.expiresAt - Date.now() < FRESH_ENOUGH_MS) await refresh(session);
}

/**
 * Exchanges the refresh cookie. It works once, and a second use ends the session, so all tabs of this
 * browser take turns, and one that waited sees that another has done it.
 */
function refresh(seen: KnownSession): Promise<boolean> {
  return takeTurns(async () => {
    const now = knownSession();
    if (!now) return false;
    if (now.expiresAt !== seen.expiresAt) return true;
    const answer = await call<GrantBody>("POST", "/api/sessions/refresh");
    if (answer.ok) remember(STORED, { ...now, expiresAt: expiryOf(answer.body.expiresIn) });
    else if (answer.failure.code === "unauthenticated") forget(STORED);
    return answer.ok;
  });
}

const expiryOf = (expiresIn: number): number => Date.now() + expiresIn * MS_PER_SECOND;

let turn: Promise<unknown> = Promise.resolve();

/** Locks exist on secure origins only; elsewhere at least this tab takes turns with itself. */
function takeTurns<Result>(task: () => Promise<Result>): Promise<Result> {
  if ("locks" in navigator) return navigator.locks.request("spike.session", task);
  const mine = turn.then(task);
  turn = mine.catch(() => {});
  return mine;
}
