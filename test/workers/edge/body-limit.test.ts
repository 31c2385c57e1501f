import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { readBody } from "../../../workers/edge/body-limit.ts";
import { BODY_MAX_BYTES } from "../../../workers/shared/limits.ts";

const CREDENTIALS = JSON.stringify({ username: "nobody", password: "no such pass phrase" });
const TOO_LARGE = { code: "invalid_request", detail: `The body is larger than ${BODY_MAX_BYTES} bytes.` };

/** A login with a body of exactly this many bytes: spaces after the JSON change nothing. */
const bodyOf = (bytes: number): string => CREDENTIALS.padEnd(bytes);

/** The same text without a Content-Length, in pieces. */
function streamed(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const half = Math.floor(bytes.length / 2);
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.slice(0, half));
      controller.enqueue(bytes.slice(half));
      controller.close();
    },
  });
}

async function login(body: BodyInit, type = "application/json") {
  const response = await exports.default.fetch("https://spike.test/api/sessions", {
    method: "POST",
    headers: { "content-type": type },
    body,
  });
  return { status: response.status, problem: await response.json() };
}

describe.each([
  ["with a Content-Length", (text: string): BodyInit => text],
  ["in pieces of unknown length", streamed],
])("a body %s", (_, send) => {
  it.each([BODY_MAX_BYTES - 1, BODY_MAX_BYTES])("of %i bytes is read", async (bytes) => {
    const { status, problem } = await login(send(bodyOf(bytes)));
    expect(status).toBe(401);
    expect(problem).toMatchObject({ code: "unauthenticated" });
  });

  it.each([BODY_MAX_BYTES + 1, BODY_MAX_BYTES * 4])("of %i bytes is refused", async (bytes) => {
    const { status, problem } = await login(send(bodyOf(bytes)));
    expect(status).toBe(400);
    expect(problem).toMatchObject(TOO_LARGE);
  });
});

describe.each([
  ["with a Content-Length", (text: string): BodyInit => text],
  ["in pieces of unknown length", streamed],
])("a purchase's body %s", (_, send) => {
  const purchase = (text: string) => new Request("https://spike.test/", { method: "POST", body: send(text) });

  it.each([2, BODY_MAX_BYTES - 1, BODY_MAX_BYTES])("of %i bytes is read", async (bytes) => {
    expect(await readBody(purchase("é".padEnd(bytes - 1)))).toBe("é".padEnd(bytes - 1));
  });

  it("of more bytes is refused", async () => {
    const body = "x".repeat(BODY_MAX_BYTES + 1);
    await expect(readBody(purchase(body))).rejects.toMatchObject({ code: "invalid_request" });
  });
});

it("reads no body as an empty one", async () => {
  expect(await readBody(new Request("https://spike.test/", { method: "POST" }))).toBe("");
});

it("refuses a purchase whose body is too large like any other", async () => {
  const response = await exports.default.fetch("https://spike.test/api/spikes/any/purchases/any", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}".padEnd(BODY_MAX_BYTES + 1),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject(TOO_LARGE);
});

it.each(['{"username":', "username=nobody", '"nobody"', ""])("refuses %j for JSON", async (body) => {
  const { status, problem } = await login(body);
  expect(status).toBe(400);
  expect(problem).toMatchObject({ code: "invalid_request" });
});

it.each(["text/plain", "application/x-www-form-urlencoded", "application/xml"])(
  "refuses JSON that is called %s",
  async (type) => {
    const { status, problem } = await login(CREDENTIALS, type);
    expect(status).toBe(400);
    expect(problem).toMatchObject({ code: "invalid_request" });
  },
);
