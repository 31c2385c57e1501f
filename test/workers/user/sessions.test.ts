import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { SESSION_SECONDS } from "../../../workers/user/refresh-tokens.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";
import { command, pexpiretime } from "../../../workers/shared/redis/commands.ts";
import { refreshSession } from "../../../workers/user/sessions.ts";
import { type Answer, call, logIn, me, ORIGIN, refresh, refreshCookieOf, register } from "./client.ts";

const UNAUTHENTICATED = { status: 401, body: { code: "unauthenticated" } };
const DAY_MS = 86_400_000;

let alice: Answer;
let bob: Answer;
beforeAll(async () => {
  alice = await register("alice");
  bob = await register("bobby");
});

const userOf = async (answer: Answer) => (await me(answer.body.accessToken)).body.username;
const tokenOf = (answer: Answer) => refreshCookieOf(answer).replace("spike_refresh=", "");

const redis = openRedis(env);
const keyOf = (answer: Answer) => `session:${tokenOf(answer).split(".")[0]}`;
const sessions = async () => (await redis.run(command(["KEYS", "session:*"]))) as string[];

describe("a refresh", () => {
  it("gives a new access token and rotates the refresh token", async () => {
    const login = await logIn("alice");
    const first = await refresh(refreshCookieOf(login));
    expect(first.status).toBe(200);
    expect(first.body).toEqual({ accessToken: expect.any(String), expiresIn: 900 });
    expect(first.headers.get("cache-control")).toBe("private, no-store");
    expect(first.cookies.get("spike_refresh")?.attributes).toContain("samesite=strict");
    expect(first.cookies.get("spike_session")?.value).toBe(first.body.accessToken);
    expect(refreshCookieOf(first)).not.toBe(refreshCookieOf(login));
    expect(await userOf(first)).toBe("alice");
    expect((await refresh(refreshCookieOf(first))).status).toBe(200);
  });

  it("works although the access token that comes along has expired", async () => {
    const headers = { authorization: "Bearer expired.token.here" };
    expect((await refresh(refreshCookieOf(await logIn("alice")), headers)).status).toBe(200);
  });

  it("belongs to the cookie's owner, whoever's access token comes along", async () => {
    const headers = { authorization: `Bearer ${String(alice.body.accessToken)}` };
    const answer = await refresh(refreshCookieOf(await logIn("bobby")), headers);
    expect(await userOf(answer)).toBe("bobby");
  });

  it("reads the account's tier and role as they are now", async () => {
    const login = await logIn("bobby");
    const { id } = bob.body.user as { id: string };
    const change = env.DB.prepare("UPDATE users SET tier = ?, role = ? WHERE id = ?");
    await change.bind(4, "admin", id).run();
    const session = await refreshSession(env, tokenOf(login));
    expect(session.account).toMatchObject({ tier: 4, role: "admin" });
    await change.bind(0, "shopper", id).run();
  });

  it("keeps nothing of the secret but its hash", async () => {
    const login = await logIn("alice");
    const [family = "", secret = ""] = tokenOf(login).split(".");
    const kept = JSON.stringify(await redis.run(command(["GET", `session:${family}`])));
    expect(kept).toContain("secretHash");
    expect(kept).not.toContain(secret);
  });

  it.each([
    "",
    "spike_refresh=",
    "spike_refresh=x",
    `spike_refresh=${"A".repeat(43)}`,
    `spike_refresh=${"A".repeat(22)}.${"A".repeat(43)}`,
    "spike_refresh=' or 1=1--",
  ])("without a token of ours is refused: %j", async (cookie) => {
    const before = await sessions();
    expect(await refresh(cookie)).toMatchObject(UNAUTHENTICATED);
    expect((await sessions()).toSorted()).toEqual(before.toSorted());
  });

  it("of an account that is gone is refused", async () => {
    const gone = await register("gone.tomorrow");
    await env.DB.prepare("DELETE FROM users WHERE id = ?")
      .bind((gone.body.user as { id: string }).id)
      .run();
    expect(await refresh(refreshCookieOf(gone))).toMatchObject(UNAUTHENTICATED);
  });

  it("leaves the token good while the accounts cannot be read", async () => {
    const token = tokenOf(await logIn("alice"));
    const DB = { prepare: () => ({ bind: () => ({ raw: () => Promise.reject(new Error("D1 is away")) }) }) };
    await expect(refreshSession({ ...env, DB } as unknown as Env, token)).rejects.toThrow(/away|query/);
    expect((await refreshSession(env, token)).account.username).toBe("alice");
  });

  it("is neither given nor refused while Redis cannot be asked", async () => {
    const token = tokenOf(await logIn("alice"));
    const away = { execute: () => Promise.reject(new Error("the object is away")) };
    const EDGE_REDIS = { idFromName: () => null, get: () => away };
    await expect(refreshSession({ ...env, EDGE_REDIS } as unknown as Env, token)).rejects.toThrow("away");
    expect((await refreshSession(env, token)).account.username).toBe("alice");
  });
});

describe("using a refresh token again", () => {
  it("ends the whole family, and no other session of the user", async () => {
    const elsewhere = await logIn("alice");
    const login = await logIn("alice");
    const first = await refresh(refreshCookieOf(login));
    const second = await refresh(refreshCookieOf(first));
    expect(await refresh(refreshCookieOf(login))).toMatchObject(UNAUTHENTICATED);
    for (const dead of [login, first, second]) {
      expect(await refresh(refreshCookieOf(dead))).toMatchObject(UNAUTHENTICATED);
    }
    expect((await refresh(refreshCookieOf(elsewhere))).status).toBe(200);
  });

  it("at the same moment never succeeds twice", async () => {
    for (const parallel of [2, 8]) {
      const login = await logIn("alice");
      const answers = await Promise.all(
        Array.from({ length: parallel }, () => refresh(refreshCookieOf(login))),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(parallel - 1);
      for (const winner of won) expect(await refresh(refreshCookieOf(winner))).toMatchObject(UNAUTHENTICATED);
    }
  });

  it("in the same millisecond never succeeds twice", async () => {
    const token = tokenOf(await logIn("alice"));
    const now = Date.now();
    const results = await Promise.allSettled([1, 2, 3].map(() => refreshSession(env, token, now)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});

describe("a session's life", () => {
  it("ends 30 days after the login, however often it is refreshed", async () => {
    const start = Date.now();
    const token = tokenOf(await logIn("alice"));
    const end = start + SESSION_SECONDS * 1_000;
    const session = await refreshSession(env, token, end - DAY_MS);
    expect(session.refreshToken.secondsLeft).toBeGreaterThanOrEqual(86_400);
    expect(session.refreshToken.secondsLeft).toBeLessThan(86_500);
    await expect(refreshSession(env, session.refreshToken.token, end + DAY_MS)).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it("ends in Redis by itself, at the moment that its first token was given", async () => {
    const before = Date.now();
    const login = await logIn("alice");
    const end = await redis.run(pexpiretime(keyOf(login)));
    expect(end).toBeGreaterThanOrEqual(before + SESSION_SECONDS * 1_000);
    expect(end).toBeLessThanOrEqual(Date.now() + SESSION_SECONDS * 1_000);
    await refresh(refreshCookieOf(login));
    expect(await redis.run(pexpiretime(keyOf(login)))).toBe(end);
  });

  it("leaves nothing behind when it is ended", async () => {
    const login = await logIn("alice");
    expect(await sessions()).toContain(keyOf(login));
    await call("DELETE", "/api/sessions", { headers: { cookie: refreshCookieOf(login) } });
    expect(await sessions()).not.toContain(keyOf(login));
  });
});

describe("logging out", () => {
  const logOut = (cookie: string, headers = {}) =>
    call("DELETE", "/api/sessions", { headers: { cookie, ...headers } });

  it("ends the session, clears both cookies and can be repeated", async () => {
    const login = await logIn("alice");
    const successor = await refresh(refreshCookieOf(login));
    for (let times = 0; times < 2; times++) {
      const answer = await logOut(refreshCookieOf(successor));
      expect(answer.status).toBe(204);
      for (const name of ["spike_refresh", "spike_session"]) {
        expect(answer.cookies.get(name)).toMatchObject({ value: "" });
        expect(answer.cookies.get(name)?.attributes).toContain("max-age=0");
      }
    }
    expect(await refresh(refreshCookieOf(successor))).toMatchObject(UNAUTHENTICATED);
  });

  it("with another's cookie, with none or with nonsense ends nobody else's session", async () => {
    const kept = await logIn("alice");
    await logOut(refreshCookieOf(await logIn("bobby")));
    expect((await call("DELETE", "/api/sessions")).status).toBe(204);
    expect((await logOut("spike_refresh=' or 1=1--")).status).toBe(204);
    expect((await refresh(refreshCookieOf(kept))).status).toBe(200);
  });
});

describe("another site's page", () => {
  const FOREIGN = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };

  it("can neither log in, register, refresh nor log out", async () => {
    const login = await logIn("alice");
    const cookie = refreshCookieOf(login);
    expect(await logIn("alice", undefined, FOREIGN)).toMatchObject(UNAUTHENTICATED);
    expect(await register("mallory", undefined, FOREIGN)).toMatchObject(UNAUTHENTICATED);
    expect(await refresh(cookie, FOREIGN)).toMatchObject(UNAUTHENTICATED);
    const logout = await call("DELETE", "/api/sessions", { headers: { cookie, ...FOREIGN } });
    expect(logout).toMatchObject(UNAUTHENTICATED);
    expect(logout.cookies.size).toBe(0);
    const own = { origin: ORIGIN, "sec-fetch-site": "same-origin" };
    expect((await refresh(cookie, own)).status).toBe(200);
  });
});
