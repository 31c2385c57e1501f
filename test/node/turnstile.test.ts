import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type {
  ChallengeOffer,
  ChallengeProvider,
  ChallengeSubject,
} from "../../workers/spike/challenge/challenge.ts";
import { turnstile } from "../../workers/spike/challenge/turnstile.ts";
import { NOW, SUBJECT } from "../challenge-subject.ts";

const SITE_KEY = "0x-site";
const SECRET_KEY = "0x-secret";
const TIMEOUT_MS = 1_500;

interface Question {
  secret: string;
  response: string;
  idempotency_key: string;
}
type Reply = Record<string, unknown> | WithStatus | string | number;

interface WithStatus {
  status: number;
  location?: string;
  say: unknown;
}
const isWithStatus = (reply: Reply | undefined): reply is WithStatus =>
  typeof reply === "object" && "status" in reply;

/** A stand-in for siteverify: answers from `replies` in turn, the last one again and again. */
async function standIn() {
  const questions: Question[] = [];
  let replies: Reply[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    questions.push(JSON.parse(text) as Question);
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply === "hang") return patience.abort(new DOMException("the time is up", "TimeoutError"));
    if (reply === "drop") return void response.destroy();
    if (isWithStatus(reply)) {
      const { status, location, say } = reply;
      return void response.writeHead(status, location ? { location } : {}).end(JSON.stringify(say));
    }
    if (typeof reply === "number") return void response.writeHead(reply).end("<html>broken</html>");
    response.writeHead(200, { "content-type": "application/json" });
    response.end(typeof reply === "string" ? reply : JSON.stringify(reply));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/siteverify`,
    questions,
    say: (...said: Reply[]) => void (replies = said),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Runs out when the house hangs, and no sooner, however slow this machine is. */
let patience: AbortController;
let house: Awaited<ReturnType<typeof standIn>>;
let provider: ChallengeProvider;

beforeEach(async () => {
  vi.spyOn(AbortSignal, "timeout").mockImplementation(() => (patience = new AbortController()).signal);
  house = await standIn();
  provider = turnstile({
    siteKey: SITE_KEY,
    secretKey: SECRET_KEY,
    verifyUrl: house.url,
    timeoutMs: TIMEOUT_MS,
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await house.close();
});

async function offered(subject: Partial<ChallengeSubject> = {}) {
  return (await provider.offer({ ...SUBJECT, ...subject })) as Extract<ChallengeOffer, { kind: "turnstile" }>;
}

/** What siteverify says about a token that is all right. */
const good = async (over: Record<string, unknown> = {}) => ({
  success: true,
  challenge_ts: new Date(NOW - 5_000).toISOString(),
  hostname: "sale.example",
  "error-codes": [],
  action: "purchase",
  cdata: (await offered()).cData,
  ...over,
});

describe("Turnstile", () => {
  it("offers the widget what names account and sale in the characters that it takes", async () => {
    const { kind, siteKey, action, cData } = await offered();
    expect([kind, siteKey, action]).toEqual(["turnstile", SITE_KEY, "purchase"]);
    expect(cData).toMatch(/^[0-9A-Za-z_-]{1,255}$/);
    expect((await offered({ userId: "u2" })).cData).not.toBe(cData);
    expect((await offered({ spikeId: "s2" })).cData).not.toBe(cData);
  });

  it("accepts a token that siteverify knows, and sends it the secret", async () => {
    house.say(await good());
    const verification = await provider.verify(SUBJECT, "token");
    expect(verification).toEqual({
      ok: true,
      solution: { id: expect.stringMatching(/^[0-9a-f]{64}$/), expiresAt: NOW + 295_000 },
    });
    expect(house.questions).toMatchObject([{ secret: SECRET_KEY, response: "token" }]);
  });

  it.each([
    ["another account", {}, { userId: "u2" }],
    ["another sale", {}, { spikeId: "s2" }],
    ["another host name", { hostname: "evil.example" }, {}],
    ["no host name", { hostname: undefined }, {}],
    ["another action", { action: "login" }, {}],
    ["no account", { cdata: undefined }, {}],
  ])("refuses a token for %s", async (_what, over, subject) => {
    house.say(await good(over));
    expect(await provider.verify({ ...SUBJECT, ...subject }, "token")).toEqual({
      ok: false,
      fault: "not_yours",
    });
  });

  it.each([
    [299_999, true],
    [300_000, false],
  ])("a token solved %i ms ago is accepted: %s", async (age, ok) => {
    house.say(await good({ challenge_ts: new Date(NOW - age).toISOString() }));
    expect((await provider.verify(SUBJECT, "token")).ok).toBe(ok);
  });

  it("refuses a token that does not say when it was solved", async () => {
    house.say(await good({ challenge_ts: undefined }));
    expect(await provider.verify(SUBJECT, "token")).toEqual({ ok: false, fault: "expired" });
  });

  it.each([
    ["invalid-input-response", "forged"],
    ["timeout-or-duplicate", "expired"],
    ["missing-input-response", "malformed"],
    ["invalid-input-secret", "unavailable"],
    ["bad-request", "unavailable"],
    ["something-new", "unavailable"],
  ])("takes %s for %s", async (code, fault) => {
    house.say({ success: false, "error-codes": [code] });
    expect(await provider.verify(SUBJECT, "token")).toEqual({ ok: false, fault });
  });

  it.each([
    ["", "malformed", 0],
    ["t".repeat(2_048), "forged", 1],
    ["t".repeat(2_049), "malformed", 0],
  ])("asks nobody about a token that cannot be one", async (token, fault, questions) => {
    house.say({ success: false, "error-codes": ["invalid-input-response"] });
    expect(await provider.verify(SUBJECT, token)).toEqual({ ok: false, fault });
    expect(house.questions).toHaveLength(questions);
  });

  it.each<[string, Reply]>([
    ["never answers", "hang"],
    ["drops the connection", "drop"],
    ["answers 500", 500],
    ["answers no JSON", "<html>"],
    ["answers another shape", { ok: 1 }],
    ["has an internal error", { success: false, "error-codes": ["internal-error"] }],
  ])("says unavailable when the house %s, after asking the same question twice", async (_what, reply) => {
    house.say(reply);
    expect(await provider.verify(SUBJECT, "token")).toEqual({ ok: false, fault: "unavailable" });
    expect(house.questions).toHaveLength(2);
    expect(house.questions[1]).toEqual(house.questions[0]);
    expect(AbortSignal.timeout).toHaveBeenCalledWith(TIMEOUT_MS);
  });

  it.each([301, 302, 303, 307, 308])(
    "follows no redirection: %i carries the secret nowhere",
    async (status) => {
      const elsewhere = await standIn();
      elsewhere.say(await good());
      house.say({ status, location: elsewhere.url, say: await good() });
      expect(await provider.verify(SUBJECT, "token")).toEqual({ ok: false, fault: "unavailable" });
      expect(elsewhere.questions).toEqual([]);
      expect(house.questions).toHaveLength(2);
      await elsewhere.close();
    },
  );

  it.each([400, 404, 500, 503])("does not believe a success that comes with status %i", async (status) => {
    house.say({ status, say: await good() });
    expect(await provider.verify(SUBJECT, "token")).toEqual({ ok: false, fault: "unavailable" });
  });

  it("believes a fault of the token whatever the status", async () => {
    house.say({ status: 400, say: { success: false, "error-codes": ["invalid-input-response"] } });
    expect(await provider.verify(SUBJECT, "token")).toEqual({ ok: false, fault: "forged" });
  });

  it("says unavailable when nobody listens", async () => {
    await house.close();
    expect(await provider.verify(SUBJECT, "token")).toEqual({ ok: false, fault: "unavailable" });
  });

  it("gets over one bad answer", async () => {
    house.say(500, await good());
    expect(await provider.verify(SUBJECT, "token")).toMatchObject({ ok: true });
  });

  it("asks the same question when the same purchase comes again, and another for another", async () => {
    house.say(await good());
    for (const key of ["client:k1", "client:k1", "client:k2", null, null]) {
      await provider.verify({ ...SUBJECT, key }, "token");
    }
    const keys = house.questions.map((question) => question.idempotency_key);
    for (const key of keys)
      expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(4);
  });
});
