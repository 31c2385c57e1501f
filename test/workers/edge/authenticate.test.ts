import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createApi } from "../../../workers/edge/api.ts";
import { authenticate, requireAdmin, requireIdentity } from "../../../workers/edge/authenticate.ts";
import { answerProblems } from "../../../workers/edge/problems.ts";
import { SESSION_COOKIE } from "../../../workers/edge/session-cookies.ts";
import { issueAccessToken } from "../../../workers/user/access-token.ts";

const ORIGIN = "https://spike.test";

const app = createApi();
app.onError(answerProblems);
app.use(authenticate());
app.all("/whoami", (c) => c.json({ userId: c.get("identity")?.userId ?? null }));
app.all("/mine", (c) => c.json({ userId: requireIdentity(c).userId }));
app.all("/admin", requireAdmin(), (c) => c.json({ admin: true }));

let shopper: string;
let admin: string;
beforeAll(async () => {
  shopper = await issueAccessToken(env, { userId: "u1", role: "shopper", tier: 0, registeredAt: 0 });
  admin = await issueAccessToken(env, { userId: "u2", role: "admin", tier: 0, registeredAt: 0 });
});

async function call(path: string, headers: Record<string, string>, method = "GET") {
  const response = await app.request(`${ORIGIN}${path}`, { method, headers }, env);
  return { status: response.status, body: await response.json<Record<string, unknown>>() };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const cookie = (token: string) => ({ cookie: `theme=dark; ${SESSION_COOKIE}=${token}` });

describe("a bearer token", () => {
  it("says who is asking, whatever the case of its scheme", async () => {
    expect(await call("/whoami", bearer(shopper))).toEqual({ status: 200, body: { userId: "u1" } });
    const lowerCase = { authorization: `bearer ${shopper}` };
    expect((await call("/whoami", lowerCase)).body).toEqual({ userId: "u1" });
  });

  it.each(["Bearer", "Bearer ", "Bearer a b", "Bearer forged.token.here", "bearer\tx"])(
    "that is not valid is refused even where nobody has to sign in: %j",
    async (authorization) => {
      const { status, body } = await call("/whoami", { authorization });
      expect(status).toBe(401);
      expect(body).toMatchObject({ code: "unauthenticated" });
    },
  );

  it("counts before a cookie and needs no same-origin request", async () => {
    const headers = { ...bearer(shopper), ...cookie(admin), "sec-fetch-site": "cross-site" };
    expect((await call("/whoami", headers, "POST")).body).toEqual({ userId: "u1" });
  });
});

describe("without a token", () => {
  it("a request is anonymous, also with credentials of another scheme", async () => {
    expect((await call("/whoami", {})).body).toEqual({ userId: null });
    expect((await call("/whoami", { authorization: "Basic dTE6cHc=" })).body).toEqual({ userId: null });
  });

  it("what is somebody's own answers 401", async () => {
    expect(await call("/mine", {})).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
    expect(await call("/admin", {})).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
  });
});

describe("an admin's route", () => {
  it("lets an admin in and answers a shopper with not_eligible, rule admin", async () => {
    expect((await call("/admin", bearer(admin))).body).toEqual({ admin: true });
    const refused = await call("/admin", bearer(shopper));
    expect(refused).toMatchObject({ status: 403, body: { code: "not_eligible", rule: "admin" } });
  });
});

describe("the session cookie", () => {
  it("says who is asking for a page", async () => {
    expect((await call("/whoami", cookie(shopper))).body).toEqual({ userId: "u1" });
  });

  it("that is stale makes the request anonymous, because the browser sends it unasked", async () => {
    expect(await call("/whoami", cookie("old.token.here"))).toEqual({ status: 200, body: { userId: null } });
    expect((await call("/mine", cookie("old.token.here"))).status).toBe(401);
  });

  it("reads on behalf of a link from another site", async () => {
    const headers = { ...cookie(shopper), "sec-fetch-site": "cross-site" };
    expect((await call("/mine", headers)).status).toBe(200);
  });

  it.each([
    ["our own page", { "sec-fetch-site": "same-origin", origin: ORIGIN }],
    ["the person, directly", { "sec-fetch-site": "none" }],
    ["our own page in an older browser", { origin: ORIGIN }],
    ["our own page behind a proxy that ends TLS", { origin: "http://spike.test" }],
    ["a client that is no browser", {}],
  ])("changes things for %s", async (_who, headers) => {
    const answer = await call("/mine", { ...cookie(shopper), ...headers }, "POST");
    expect(answer.status).toBe(200);
  });

  const FOREIGN: [string, Record<string, string>][] = [
    ["another site", { "sec-fetch-site": "cross-site", origin: "https://evil.test" }],
    ["a sibling subdomain", { "sec-fetch-site": "same-site", origin: "https://evil.spike.test" }],
    ["another site in an older browser", { origin: "https://evil.test" }],
    ["another port", { origin: "https://spike.test:8443" }],
    ["a name that only begins like ours", { origin: "https://spike.test.evil.test" }],
    ["a sandboxed frame", { origin: "null" }],
    ["a browser that says nonsense", { "sec-fetch-site": "sure", origin: ORIGIN }],
  ];
  it.each(FOREIGN)("changes nothing for %s", async (_who, headers) => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      const answer = await call("/mine", { ...cookie(shopper), ...headers }, method);
      expect(answer).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
    }
  });

  it("opens no WebSocket for another site", async () => {
    const handshake = { ...cookie(admin), upgrade: "websocket", origin: "https://evil.test" };
    expect((await call("/admin", handshake)).status).toBe(401);
    expect((await call("/admin", { ...handshake, origin: ORIGIN })).status).toBe(200);
  });
});
