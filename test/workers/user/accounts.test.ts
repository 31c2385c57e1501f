import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { issueAccessToken } from "../../../workers/user/access-token.ts";
import { call, logIn, me, PASSWORD, register } from "./client.ts";

const UNAUTHENTICATED = { status: 401, body: { code: "unauthenticated" } };

function invalid(...paths: string[]) {
  const errors: unknown[] = paths.map((path) => expect.objectContaining({ path }));
  return { status: 400, body: { code: "invalid_request", errors } };
}

const rowsOf = async (username: string) =>
  (await env.DB.prepare("select * from users where username = ?").bind(username).all()).results;

describe("registering", () => {
  it("makes a shopper, logs him in and keeps only a hash of the password", async () => {
    const answer = await register("li.wei");
    expect(answer.status).toBe(201);
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
    expect(answer.body).toEqual({
      user: {
        id: expect.stringMatching(/^u[0-9a-z]{20}$/),
        username: "li.wei",
        tier: 0,
        role: "shopper",
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
      accessToken: expect.any(String),
      expiresIn: 900,
    });
    expect((await me(answer.body.accessToken)).body).toEqual(answer.body.user);
    const [row] = await rowsOf("li.wei");
    expect(row?.password_hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/);
    expect(JSON.stringify(row)).not.toContain(PASSWORD);
  });

  it("gives the browser both tokens in cookies no script can read", async () => {
    const { cookies, body } = await register("cookie.monster");
    expect([...cookies.keys()]).toEqual(["spike_refresh", "spike_session"]);
    expect(cookies.get("spike_refresh")?.attributes).toEqual([
      "httponly",
      "max-age=2592000",
      "path=/api/sessions",
      "samesite=strict",
      "secure",
    ]);
    expect(cookies.get("spike_session")).toEqual({
      value: body.accessToken,
      attributes: ["httponly", "max-age=900", "path=/", "samesite=lax", "secure"],
    });
  });

  it("takes one name only once, however it is written", async () => {
    expect((await register("Straße")).status).toBe(201);
    for (const alike of ["Straße", "STRASSE", "Ｓｔｒａｓｓｅ"]) {
      expect(await register(alike)).toMatchObject(invalid("username"));
    }
    expect((await register("cope")).status).toBe(201);
    const cyrillic = "\u0441\u043e\u0440\u0435";
    expect(await register(cyrillic)).toMatchObject(invalid("username"));
  });

  it("shows a name of any script as it was typed", async () => {
    for (const username of ["李伟-88", "Ольга", "محمد", "ひろしカナ1"]) {
      expect((await register(username)).body.user).toMatchObject({ username });
    }
  });

  it("lets only one of two at once have a name", async () => {
    const answers = await Promise.all([register("racer"), register("RACER")]);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.find(({ status }) => status !== 201)).toMatchObject(invalid("username"));
  });

  it("names every field that is wrong", async () => {
    expect(await register("a b", "short")).toMatchObject(invalid("username", "password"));
    expect(await register("fine.name", "password1")).toMatchObject(invalid("password"));
    expect(await register("fine.name", "Fine.Name123")).toMatchObject(invalid("password"));
  });

  it("does not give away the admin's name", async () => {
    expect(await register("ADMIN")).toMatchObject(invalid("username"));
  });
});

describe("hostile bodies", () => {
  const named = (rest: string) => `{"username":"someone","password":"${PASSWORD}",${rest}}`;
  const BODIES: [string, unknown][] = [
    ["nothing in them", ""],
    ["broken JSON", "{"],
    ["null", "null"],
    ["a list", []],
    ["a number", "7"],
    ["no password", { username: "someone" }],
    ["a password that is a list", { username: "someone", password: [PASSWORD] }],
    ["a name that is an object", { username: { $ne: null }, password: PASSWORD }],
    ["a role of the caller's choice", named(`"role":"admin"`)],
    ["a polluted prototype", named(`"__proto__":{"role":"admin"}`)],
    ["a polluted constructor", named(`"constructor":{"prototype":{"role":"admin"}}`)],
    ["a password of 1,025 units", { username: "someone", password: "x".repeat(1_025) }],
    ["a name of 257 units", { username: "x".repeat(257), password: PASSWORD }],
    ["more than 64 KiB", { username: "someone", password: "x".repeat(65_536) }],
  ];
  it.each(BODIES)("with %s are refused by both routes", async (_what, body) => {
    for (const path of ["/api/users", "/api/sessions"]) {
      const answer = await call("POST", path, { body });
      expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    }
    expect(await rowsOf("someone")).toEqual([]);
    expect(({} as { role?: unknown }).role).toBeUndefined();
  });

  it("of another media type are refused, so that a form of another site cannot send one", async () => {
    const body = JSON.stringify({ username: "someone", password: PASSWORD });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const answer = await call("POST", "/api/sessions", { body, headers: { "content-type": type } });
      expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    }
  });

  const NAMES = [
    "'; drop table users; --",
    "a' or '1'='1",
    "li.wei'--",
    "x\r\nset-cookie: y=1",
    "\0\0\0",
    "\ud800",
  ];
  it.each(NAMES)("with the name %j neither register nor log in", async (username) => {
    expect(await register(username)).toMatchObject(invalid("username"));
    const login = await logIn(username);
    expect(login).toMatchObject(UNAUTHENTICATED);
    expect(login.cookies.size).toBe(0);
    expect(await rowsOf("li.wei")).toHaveLength(1);
  });
});

describe("logging in", () => {
  it("takes the name in any case and the password in any normal form", async () => {
    const { body } = await register("Zoë");
    const answer = await logIn("ZOE\u0308", PASSWORD.normalize("NFD"));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...body, accessToken: expect.any(String) });
  });

  it("answers a wrong password and an unknown name alike", async () => {
    await register("known");
    const wrong = await logIn("known", "not the password");
    const unknown = await logIn("nobody.here");
    expect(wrong).toMatchObject(UNAUTHENTICATED);
    const uniform = ({ body, headers }: typeof wrong) => [
      { ...body, requestId: "" },
      [...headers.keys()].sort(),
    ];
    expect(uniform(unknown)).toEqual(uniform(wrong));
  });

  it("does not accept a password in another case, with a space, or cut off", async () => {
    await register("exact");
    for (const password of [PASSWORD.toUpperCase(), `${PASSWORD} `, PASSWORD.slice(0, -1)]) {
      expect(await logIn("exact", password)).toMatchObject(UNAUTHENTICATED);
    }
  });

  it("makes an old hash again at the cost in force", async () => {
    await register("old.hand");
    // scrypt of PASSWORD with a salt of zeros at N=1024, r=8, p=1, as an earlier version might have stored it.
    const old = "$scrypt$ln=10,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$1eQ5-7d-hshmLsTlTBD2xGCNIcAMlJx-6rrb9uhrDjQ";
    await env.DB.prepare("update users set password_hash = ? where username = 'old.hand'").bind(old).run();
    expect((await logIn("old.hand")).status).toBe(200);
    const [row] = await rowsOf("old.hand");
    expect(row?.password_hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/);
    expect((await logIn("old.hand")).status).toBe(200);
  });
});

describe("the first admin", () => {
  it("comes to be at the first login, once, however many come at once", async () => {
    expect(await logIn("admin", "not the secret")).toMatchObject(UNAUTHENTICATED);
    expect(await rowsOf("admin")).toEqual([]);
    const answers = await Promise.all([1, 2, 3].map(() => logIn("Admin", env.ADMIN_PASSWORD)));
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body.user).toMatchObject({ username: "admin", role: "admin" });
    }
    expect(await rowsOf("admin")).toHaveLength(1);
  });

  it("has the secret's password and no other, also after the secret changed", async () => {
    const [other] = await rowsOf("li.wei");
    await env.DB.prepare("update users set password_hash = ? where username = 'admin'")
      .bind(other?.password_hash)
      .run();
    expect(await logIn("admin", PASSWORD)).toMatchObject(UNAUTHENTICATED);
    expect((await logIn("admin", env.ADMIN_PASSWORD)).status).toBe(200);
    expect((await rowsOf("admin"))[0]?.password_hash).not.toBe(other?.password_hash);
  });

  it("that was made a shopper stays one, and the secret opens nothing any more", async () => {
    const [other] = await rowsOf("li.wei");
    await env.DB.prepare("update users set role = 'shopper', password_hash = ? where username = 'admin'")
      .bind(other?.password_hash)
      .run();
    expect(await logIn("admin", env.ADMIN_PASSWORD)).toMatchObject(UNAUTHENTICATED);
    expect((await logIn("admin", PASSWORD)).body.user).toMatchObject({ username: "admin", role: "shopper" });
  });
});

describe("GET /api/users/me", () => {
  it("answers 401 without a token or with a forged one", async () => {
    const anonymous = await call("GET", "/api/users/me");
    expect(anonymous).toMatchObject(UNAUTHENTICATED);
    expect(anonymous.headers.get("www-authenticate")).toBe('Bearer realm="spike"');
    expect(await me("forged.token.here")).toMatchObject(UNAUTHENTICATED);
  });

  it("takes the session cookie of a page", async () => {
    const { body } = await register("page.reader");
    const headers = { cookie: `spike_session=${String(body.accessToken)}` };
    expect((await call("GET", "/api/users/me", { headers })).body).toEqual(body.user);
  });

  it("says what the token says for a user of another holder of the keys", async () => {
    const identity = { userId: "shopper-7", role: "shopper", tier: 3, registeredAt: 1_700_000_000 } as const;
    expect((await me(await issueAccessToken(env, identity))).body).toEqual({
      id: "shopper-7",
      username: "shopper-7",
      tier: 3,
      role: "shopper",
      createdAt: "2023-11-14T22:13:20.000Z",
    });
  });
});
