import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import worker from "../../../workers/index.ts";
import { REST_BODY_MAX_BYTES } from "../../../workers/redis/rest/body.ts";

const TOKEN = "a-token-that-nobody-guesses-0123456789";
const READONLY_TOKEN = "another-token-for-who-only-reads-0123456789";
const BINDINGS = {
  ...env,
  EDGE_REDIS_REST_TOKEN: TOKEN,
  EDGE_REDIS_REST_READONLY_TOKEN: READONLY_TOKEN,
};

interface Sent {
  method?: string;
  token?: string | null;
  headers?: Record<string, string>;
  body?: unknown;
  bindings?: Env;
}

/** Sends a body as it is when it is bytes or text, and as JSON when it is a list. */
async function send(path: string, sent: Sent = {}) {
  const { token = TOKEN, headers = {}, body, bindings = BINDINGS } = sent;
  const context = createExecutionContext();
  const init: RequestInit<IncomingRequestCfProperties> = {
    method: sent.method ?? (body === undefined ? "GET" : "POST"),
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers },
  };
  if (body !== undefined) init.body = Array.isArray(body) ? JSON.stringify(body) : (body as BodyInit);
  const request = new Request<unknown, IncomingRequestCfProperties>(`https://spike.test${path}`, init);
  const response = await worker.fetch(request, bindings, context);
  await waitOnExecutionContext(context);
  return response;
}

async function ask(path: string, sent: Sent = {}): Promise<[status: number, body: unknown]> {
  const response = await send(path, sent);
  return [response.status, await response.json()];
}

const newKey = () => crypto.randomUUID();

afterEach(() => void vi.useRealTimers());

describe("a command", () => {
  it("is a JSON array in the body, or the path, or the path around the body", async () => {
    // At one moment, so that the time to live is whole.
    vi.useFakeTimers({ toFake: ["Date"] });
    const key = newKey();
    expect(await ask("/redis", { body: ["SET", key, "价格", "EX", 100] })).toEqual([200, { result: "OK" }]);
    expect(await ask("/redis/", { body: ["get", key] })).toEqual([200, { result: "价格" }]);
    expect(await ask(`/redis/set/${key}/a%2Fb%20c`)).toEqual([200, { result: "OK" }]);
    expect(await ask(`/redis/GET/${key}`)).toEqual([200, { result: "a/b c" }]);
    expect(await ask(`/redis/set/${key}?EX=100&NX`, { body: '{"json":1}' })).toEqual([200, { result: null }]);
    expect(await ask(`/redis/set/${key}?EX=100`, { method: "PUT", body: '{"json":1}' })).toEqual([
      ...[200, { result: "OK" }],
    ]);
    expect(await ask(`/redis/get/${key}`)).toEqual([200, { result: '{"json":1}' }]);
    expect(await ask(`/redis/ttl/${key}`)).toEqual([200, { result: 100 }]);
  });

  it("answers in JSON what Redis has", async () => {
    const key = newKey();
    await ask("/redis", { body: ["rpush", key, 1.5, true, ""] });
    expect(await ask(`/redis/lrange/${key}/0/-1`)).toEqual([200, { result: ["1.5", "true", ""] }]);
    const script = "return {1, false, {redis.error_reply('MY error')}, 'x'}";
    expect(await ask("/redis", { body: ["eval", script, 0] })).toEqual([
      ...[200, { result: [1, null, ["MY error"], "x"] }],
    ]);
    expect(await ask(`/redis/incr/${key}`)).toEqual([
      ...[400, { error: "WRONGTYPE Operation against a key holding the wrong kind of value" }],
    ]);
    expect(await ask("/redis/nope")).toEqual([
      ...[400, { error: "ERR unknown command 'nope', with args beginning with: " }],
    ]);
  });

  it("keeps bytes that are no text in base64, which every string is then but OK", async () => {
    const key = newKey();
    const headers = { "upstash-encoding": "base64" };
    const bytes = Uint8Array.from({ length: 20_000 }, (_, index) => index % 256);
    expect(await ask(`/redis/set/${key}`, { body: bytes, headers })).toEqual([200, { result: "OK" }]);
    const [, { result }] = (await ask(`/redis/get/${key}`, { headers })) as [number, { result: string }];
    expect(Uint8Array.from(atob(result), (char) => char.charCodeAt(0))).toEqual(bytes);
    expect(await ask("/redis/ping", { headers })).toEqual([200, { result: btoa("PONG") }]);
    expect(await ask(`/redis/mget/${key}/nope`, { headers })).toEqual([200, { result: [result, null] }]);
    await ask("/redis", { body: ["set", key, "OK"] });
    expect(await ask(`/redis/get/${key}`, { headers })).toEqual([200, { result: btoa("OK") }]);
    expect(await ask("/redis/nope", { headers })).toEqual([
      400,
      { error: expect.stringMatching(/^ERR unknown command/) },
    ]);
  });
});

describe("several commands", () => {
  it("each have their own outcome in a pipeline, also those that are not for HTTP", async () => {
    const key = newKey();
    const body = [["set", key, 1], ["lpush", key, "x"], ["HELLO", 3], ["incr", key], ["select", 5], ["nope"]];
    expect(await ask("/redis/pipeline", { body })).toEqual([
      200,
      [
        { result: "OK" },
        { error: "WRONGTYPE Operation against a key holding the wrong kind of value" },
        { error: "ERR Command is not available over HTTP: 'HELLO'" },
        { result: 2 },
        { error: "ERR Command is not available over HTTP: 'SELECT'" },
        { error: "ERR unknown command 'nope', with args beginning with: " },
      ],
    ]);
  });

  it("happen all or not at all in a transaction", async () => {
    const key = newKey();
    const happened = await ask("/redis/multi-exec", {
      body: [
        ["set", key, 1],
        ["lpush", key, 2],
        ["incr", key],
      ],
    });
    expect(happened).toEqual([
      200,
      [
        { result: "OK" },
        { error: "WRONGTYPE Operation against a key holding the wrong kind of value" },
        { result: 2 },
      ],
    ]);
    for (const broken of [["nope"], ["get"], ["discard"], ["exec"], ["watch", key]]) {
      const [status, refusal] = await ask("/redis/multi-exec", { body: [["incr", key], broken] });
      expect([status, refusal]).toMatchObject([
        400,
        { error: expect.stringMatching(/^EXECABORT Transaction discarded/) },
      ]);
    }
    expect(await ask(`/redis/get/${key}`)).toEqual([200, { result: "2" }]);
  });
});

it("listens by server-sent events, each line of a message one of its own", async () => {
  const channel = newKey();
  const response = await send(`/redis/subscribe/${channel}`, {
    method: "POST",
    headers: { accept: "text/event-stream" },
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  expect((await reader.read()).value).toBe(`data: subscribe,${channel},1\n\n`);
  expect(await ask("/redis", { body: ["publish", channel, "价格, 5\nx"] })).toEqual([200, { result: 1 }]);
  expect((await reader.read()).value).toBe(`data: message,${channel},价格, 5\ndata: x\n\n`);
  await reader.cancel();
  await expect
    .poll(() => ask(`/redis/publish/${channel}/x`), { timeout: 60_000 })
    .toEqual([200, { result: 0 }]);
});

describe("a request that is no command", () => {
  it.each([
    ["no JSON", "/redis", "{"],
    ["no list", "/redis", '{"get":"k"}'],
    ["an empty list", "/redis", "[]"],
    ["nothing", "/redis", ""],
    ["a list inside of a command", "/redis", '["get",["k"]]'],
    ["nothing as an argument", "/redis", '["get",null]'],
    ["an empty pipeline", "/redis/pipeline", "[]"],
    ["one command as a pipeline", "/redis/pipeline", '["get","k"]'],
    ["an empty transaction", "/redis/multi-exec", "[]"],
    ["an empty command in a pipeline", "/redis/pipeline", "[[]]"],
    ["bytes that are no text in the path", "/redis/get/%FF", "x"],
  ])("%s is refused", async (_, path, body) => {
    expect(await ask(path, { method: "POST", body })).toMatchObject([
      400,
      { error: expect.stringMatching(/^ERR /) },
    ]);
  });

  it("by another method is refused", async () => {
    expect(await ask("/redis/get/k", { method: "DELETE" })).toMatchObject([
      405,
      { error: expect.stringMatching(/DELETE/) },
    ]);
  });

  it("may be as long as the limit and no longer, also when its length is not told", async () => {
    const key = newKey();
    const full = "x".repeat(REST_BODY_MAX_BYTES);
    expect(await ask(`/redis/set/${key}`, { body: full })).toEqual([200, { result: "OK" }]);
    expect(await ask(`/redis/strlen/${key}`)).toEqual([200, { result: REST_BODY_MAX_BYTES }]);
    const tooLong = [413, { error: expect.stringMatching(/max request size exceeded/) }];
    expect(await ask(`/redis/set/${key}`, { body: `${full}x` })).toMatchObject(tooLong);
    const stream = new Blob([full, "x"]).stream();
    expect(await ask(`/redis/set/${key}`, { body: stream })).toMatchObject(tooLong);
    expect(await ask(`/redis/strlen/${key}`)).toEqual([200, { result: REST_BODY_MAX_BYTES }]);
  });
});

describe("a token", () => {
  const refused = [401, { error: "WRONGPASS invalid or missing auth token" }];

  it("has to be the right one, in a header or, where headers cannot be set, in the address", async () => {
    expect(await ask("/redis/ping", { token: null })).toEqual(refused);
    for (const token of ["", "wrong", `${TOKEN}x`, TOKEN.slice(0, -1), "undefined"])
      expect(await ask("/redis/ping", { token })).toEqual(refused);
    expect(await ask(`/redis/ping?_token=${TOKEN}`, { token: null })).toEqual([200, { result: "PONG" }]);
    expect(await ask("/redis/ping?_token=wrong", { token: null })).toEqual(refused);
    expect(await ask(`/redis/ping?_token=${TOKEN}`, { token: "wrong" })).toEqual(refused);
    expect(await ask(`/redis/ping`, { headers: { authorization: `Basic ${TOKEN}` } })).toEqual(refused);
  });

  it("for reading lets nothing be written, listed or administered, whichever way it is asked", async () => {
    const key = newKey();
    await ask("/redis", { body: ["set", key, "v"] });
    const reading = { token: READONLY_TOKEN };
    expect(await ask(`/redis/get/${key}`, reading)).toEqual([200, { result: "v" }]);
    expect(await ask("/redis/ping", reading)).toEqual([200, { result: "PONG" }]);
    const commands = [
      ["set", key, "x"],
      ["flushall"],
      ["eval", "return redis.call('set', KEYS[1], 'x')", 1, key],
      ["keys", "*"],
      ["config", "set", "databases", "1"],
      ["publish", "channel", "x"],
      ["sort", key, "store", key],
    ];
    for (const body of commands)
      expect(await ask("/redis", { ...reading, body })).toMatchObject([
        400,
        { error: expect.stringMatching(/^NOPERM/) },
      ]);
    const script = "return redis.call(ARGV[1], KEYS[1], 'x')";
    expect(await ask("/redis", { ...reading, body: ["eval_ro", script, 1, key, "append"] })).toMatchObject([
      ...[
        400,
        { error: expect.stringMatching(/^ERR Write commands are not allowed from read-only scripts/) },
      ],
    ]);
    for (const call of ["'keys', '*'", "'scan', '0'", "'randomkey'", "'publish', 'channel', 'x'"]) {
      const body = ["eval_ro", `return redis.call(${call})`, 0];
      expect([call, await ask("/redis", { ...reading, body })]).toMatchObject([
        call,
        [400, { error: expect.stringMatching(/^ERR The user executing the script can't run this command/) }],
      ]);
    }
    const tamed = [
      "eval_ro",
      "return {redis.call('get', KEYS[1]), redis.pcall('keys', '*').err ~= nil}",
      1,
      key,
    ];
    expect(await ask("/redis", { ...reading, body: tamed })).toEqual([200, { result: ["v", 1] }]);
    expect(
      await ask("/redis/multi-exec", {
        ...reading,
        body: [
          ["get", key],
          ["del", key],
        ],
      }),
    ).toMatchObject([...[400, { error: expect.stringMatching(/^EXECABORT.*NOPERM/) }]]);
    expect(
      await ask("/redis/pipeline", {
        ...reading,
        body: [
          ["get", key],
          ["del", key],
        ],
      }),
    ).toMatchObject([200, [{ result: "v" }, { error: expect.stringMatching(/^NOPERM/) }]]);
    expect(await ask(`/redis/get/${key}`)).toEqual([200, { result: "v" }]);
  });

  it("is there or there is nothing at that path", async () => {
    expect((await send("/redis/ping", { bindings: env, token: null })).status).toBe(404);
    const empty = { ...env, EDGE_REDIS_REST_TOKEN: "", EDGE_REDIS_REST_READONLY_TOKEN: "" };
    expect((await send("/redis/ping", { bindings: empty, token: null })).status).toBe(404);
    const onlyReading = { ...BINDINGS, EDGE_REDIS_REST_TOKEN: "" };
    expect(await ask("/redis/ping", { bindings: onlyReading, token: "" })).toEqual(refused);
    expect(await ask("/redis/ping", { bindings: onlyReading, token: READONLY_TOKEN })).toMatchObject([
      200,
      {},
    ]);
  });

  it("opens that path alone, and no answer is kept or shown", async () => {
    expect((await send("/redistribution/ping", { token: null })).status).toBe(404);
    const { headers } = await send("/redis/ping");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-type")).toMatch(/^application\/json/);
  });
});
