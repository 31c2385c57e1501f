import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  configurationFaults,
  configurationWarnings,
  REDIS_TOKEN_MIN_CHARS,
} from "../../../workers/operations/configuration.ts";

const SOUND = { ...env } as unknown as Record<string, unknown>;

it("finds no fault with the default configuration", () => {
  expect(configurationFaults(SOUND)).toEqual([]);
});

it.each([
  "DB",
  "SETTINGS",
  "ORDERS",
  "SPIKE_STOCK",
  "SPIKE_GATE",
  "SPIKE_MONITOR",
  "WEBHOOK_SENDER",
  "EDGE_REDIS",
  "ASSETS",
])("says what to add when the binding %s is missing, or is text", (name) => {
  for (const bound of [undefined, null, "a variable of that name"]) {
    const faults = configurationFaults({ ...SOUND, [name]: bound });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(
      new RegExp(`^The binding ${name} \\(.+\\) is missing: add it under \\[.+ in wrangler`),
    );
  }
});

it.each(["ADMIN_USERNAME", "ADMIN_PASSWORD", "JWT_KEYS"])("says how to set the secret %s", (name) => {
  for (const value of [undefined, ""]) {
    const faults = configurationFaults({ ...SOUND, [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toBe(
      `The secret ${name} is missing: set it with "npx wrangler secret put ${name}", locally in .dev.vars.`,
    );
    const [elsewhere] = configurationFaults(
      { ...SOUND, [name]: value },
      (secret) => `in a file as ${secret}`,
    );
    expect(elsewhere).toBe(`The secret ${name} is missing: set it in a file as ${name}.`);
  }
});

it.each([
  ["ADMIN_USERNAME", "me", "Use at least 3 characters."],
  ["ADMIN_USERNAME", "no spaces", "Use letters and digits"],
  ["ADMIN_PASSWORD", "short me", ""],
  ["ADMIN_PASSWORD", "seven 7", "Use at least 8 characters."],
  ["ADMIN_PASSWORD", "password1", "This password is one of the most common"],
])("holds %s to what is asked of every account: %s", (name, value, problem) => {
  const faults = configurationFaults({ ...SOUND, [name]: value });
  if (problem === "") return expect(faults).toEqual([]);
  expect(faults).toEqual([expect.stringContaining(`The secret ${name} cannot be used. ${problem}`)]);
  expect(faults[0]).toContain(`npx wrangler secret put ${name}`);
  return expect(faults[0]).not.toContain(value);
});

it.each([
  ["no kid", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldCE"],
  ["too short a key", "k1:c2hvcnQ"],
  ["a key cut off", "k1:short"],
  ["a kid twice", `k1:${"A".repeat(43)},k1:${"B".repeat(43)}`],
  ["not base64url", "k1:!!!!"],
  ["base64 with padding", `k1:${btoa("\u{fb}".repeat(32))}`],
  ["a private key in PEM", "-----BEGIN PRIVATE KEY-----"],
  ["a comma at the end", `k1:${"A".repeat(43)},`],
])("names the right form of JWT_KEYS for %s, and never shows what it holds", (_, value) => {
  const [fault = "", ...others] = configurationFaults({ ...SOUND, JWT_KEYS: value });
  expect(others).toEqual([]);
  expect(fault).toContain("Set the secret JWT_KEYS to `kid:key` pairs");
  expect(fault).not.toContain(value.slice(3));
});

it.each([
  ["ORDER_STORE", "oracle", '"d1" or "mysql"'],
  ["PAYMENT_PROVIDER", "nobody", '"builtin"'],
  ["GATHER", "maybe", '"on" or "off"'],
  ["WEBHOOK_ALLOW_LOOPBACK", "yes", '"on" or "off"'],
  ["BUILTIN_PAYMENT_BEHAVIOUR", "late:99999999", '"approve", "decline" or'],
])("says what %s may be", (name, value, choices) => {
  for (const wrong of [value, undefined, "constructor"]) {
    const faults = configurationFaults({ ...SOUND, [name]: wrong });
    expect(faults.join()).toContain(choices);
    expect(faults).toHaveLength(1);
  }
});

it.each([
  "*",
  "shop.example",
  "https://shop.example/",
  "http://shop.example",
  "https://*.shop.example",
  "null",
])("refuses %s among the allowed origins", (origin) => {
  const faults = configurationFaults({ ...SOUND, ALLOWED_ORIGINS: `https://a.example ${origin}` });
  expect(faults).toEqual([expect.stringMatching(/^ALLOWED_ORIGINS holds .* whole origins/)]);
});

it("takes any number of whole origins, and loopback ones for development", () => {
  const origins = "https://shop.example, https://www.shop.example:8443 http://localhost:3000";
  expect(configurationFaults({ ...SOUND, ALLOWED_ORIGINS: origins })).toEqual([]);
});

it.each([
  ["ORDER_STORE", "mysql://root:hunter2@db.example/spike"],
  ["ALLOWED_ORIGINS", "https://me:hunter2@shop.example"],
  ["WEBHOOK_DNS_URL", "ftp://me:hunter2@dns.example"],
  ["BUILTIN_PAYMENT_BEHAVIOUR", "https://me:hunter2@pay.example"],
  ["EDGE_REDIS_NODES", "redis://:hunter2@redis.example"],
])("shows no password of an address that is put into %s", (name, value) => {
  const [fault = "", ...others] = configurationFaults({ ...SOUND, [name]: value });
  expect(others).toEqual([]);
  expect(fault).toMatch(new RegExp(`^${name} (is|holds) "\\w+://…@`));
  expect(fault).not.toContain("hunter2");
});

it.each(["ALLOWED_ORIGINS", "TURNSTILE_SITE_KEY"])("says that %s is text", (name) => {
  for (const wrong of [["https://shop.example"], 4, true]) {
    expect(configurationFaults({ ...SOUND, [name]: wrong })).toEqual([
      `${name} is no text: write it in quotes under [vars] in wrangler.toml, or "" for none.`,
    ]);
  }
});

describe("Turnstile", () => {
  const SITE = "TURNSTILE_SITE_KEY is set and the secret TURNSTILE_SECRET_KEY is missing";
  const SECRET = "The secret TURNSTILE_SECRET_KEY is set and TURNSTILE_SITE_KEY is empty";

  it.each([
    ["its secret", "0x-site", undefined, `${SITE}, so the built-in challenge is used`],
    ["its site key", "", "0x-hidden", `${SECRET}, so the built-in challenge is used`],
  ])("without %s keeps nobody from buying, and is said", (_, siteKey, secret, words) => {
    const half = { ...SOUND, TURNSTILE_SITE_KEY: siteKey, TURNSTILE_SECRET_KEY: secret };
    expect(configurationFaults(half)).toEqual([]);
    const [warning = "", ...others] = configurationWarnings(half);
    expect(others).toEqual([]);
    expect(warning).toContain(words);
    expect(warning).not.toContain("0x-hidden");
  });

  it("with both keys or none is nothing to talk about", () => {
    expect(configurationWarnings(SOUND)).toEqual([]);
    const both = { ...SOUND, TURNSTILE_SITE_KEY: "0x-site", TURNSTILE_SECRET_KEY: "0x-secret" };
    expect(configurationWarnings(both)).toEqual([]);
  });
});

it("asks for the binding that a choice needs", () => {
  const chosen = { ...SOUND, ORDER_STORE: "mysql" };
  expect(configurationFaults(chosen)).toEqual([expect.stringContaining("The binding HYPERDRIVE (")]);
  expect(configurationFaults({ ...chosen, HYPERDRIVE: {} })).toEqual([]);
});

it.each(["TURNSTILE_VERIFY_URL", "WEBHOOK_DNS_URL"])("asks for an address in %s that is safe", (name) => {
  const wrongs = [
    undefined,
    "",
    "nowhere",
    "http://dns.example/q",
    "ftp://dns.example",
    "javascript:alert(1)",
    4,
  ];
  for (const wrong of wrongs) {
    expect(configurationFaults({ ...SOUND, [name]: wrong })).toEqual([
      expect.stringMatching(
        new RegExp(`^${name} is .*, which is no https address: set it to one such as https:`),
      ),
    ]);
  }
  expect(configurationFaults({ ...SOUND, [name]: "http://127.0.0.1:9000/q" })).toEqual([]);
});

it.each(["EDGE_REDIS_REST_TOKEN", "EDGE_REDIS_REST_READONLY_TOKEN"])(
  "needs no %s, but no short one",
  (name) => {
    const faults = (token?: string) => configurationFaults({ ...SOUND, [name]: token });
    for (const fine of [undefined, "", "x".repeat(REDIS_TOKEN_MIN_CHARS)]) expect(faults(fine)).toEqual([]);
    const [fault = ""] = faults("y".repeat(REDIS_TOKEN_MIN_CHARS - 1));
    expect(fault).toMatch(new RegExp(`^The secret ${name} has 31 characters: set one of at least 32`));
    expect(fault).not.toContain("yy");
  },
);

it("asks for two tokens of Redis that differ", () => {
  const token = "x".repeat(REDIS_TOKEN_MIN_CHARS);
  const both = { EDGE_REDIS_REST_TOKEN: token, EDGE_REDIS_REST_READONLY_TOKEN: token };
  expect(configurationFaults({ ...SOUND, ...both })).toEqual([
    "The secrets EDGE_REDIS_REST_TOKEN and EDGE_REDIS_REST_READONLY_TOKEN are the same: set two different ones.",
  ]);
});

it("says everything at once when nothing is there", () => {
  expect(configurationFaults({})).toHaveLength(18);
});

describe("a Worker in a fresh isolate", () => {
  beforeEach(() => void vi.resetModules());
  afterEach(() => void vi.restoreAllMocks());

  const freshWorker = async () => (await import("../../../workers/index.ts")).default;
  const get = (headers: Record<string, string> = {}) =>
    new Request<unknown, IncomingRequestCfProperties>("https://spike.test/api/spikes", { headers });
  const context = { waitUntil() {}, passThroughOnException() {} } as unknown as ExecutionContext;

  it("that is misconfigured answers every request with what to do", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const worker = await freshWorker();
    const broken = { ...env, JWT_KEYS: "k1:secretive", ORDER_STORE: "oracle" };
    for (let attempt = 0; attempt < 2; attempt++) {
      const response = await worker.fetch(get(), broken, context);
      const { code, detail } = await response.json<{ code: string; detail: string }>();
      expect(response.status).toBe(500);
      expect(code).toBe("internal_error");
      expect(detail).toMatch(/^This Worker is not configured\. .*JWT_KEYS.*ORDER_STORE/);
      expect(detail).not.toContain("secretive");
    }
    expect(error.mock.calls.map(([line]) => String(line))).toEqual([
      expect.stringContaining('"event":"not_configured"'),
    ]);
  });

  it.each<[string, unknown]>([
    ["with a path", "https://shop.example/"],
    ["as a list", ["https://shop.example"]],
  ])("whose ALLOWED_ORIGINS are given %s says so to pages of other origins too", async (_, origins) => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const worker = await freshWorker();
    const broken = { ...env, ALLOWED_ORIGINS: origins as string };
    const problemOf = async (headers: Record<string, string>) => {
      const response = await worker.fetch(get(headers), broken, context);
      const { code, detail } = await response.json<{ code: string; detail: string }>();
      return { status: response.status, code, detail };
    };
    const problem = await problemOf({});
    expect(problem.detail).toMatch(/^This Worker is not configured\. .*ALLOWED_ORIGINS/);
    expect(await problemOf({ origin: "https://shop.example" })).toEqual(problem);
  });

  it("that is misconfigured gives messages back and leaves cron to the next minute", async () => {
    const worker = await freshWorker();
    const broken = { ...env, ADMIN_PASSWORD: "" };
    const batch = { queue: "spike-orders", messages: [] } as unknown as MessageBatch;
    await expect(worker.queue(batch, broken)).rejects.toThrow("The secret ADMIN_PASSWORD is missing");
    const controller = { scheduledTime: 0, cron: "", noRetry() {} } as unknown as ScheduledController;
    await expect(worker.scheduled(controller, broken)).rejects.toThrow("ADMIN_PASSWORD");
  });

  it("that has half of Turnstile works, and says so in its log and to who asks for its health", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const worker = await freshWorker();
    const half = { ...env, TURNSTILE_SITE_KEY: "0x-site" };
    const health = () => new Request<unknown, IncomingRequestCfProperties>("https://spike.test/health");
    for (let attempt = 0; attempt < 2; attempt++) {
      const response = await worker.fetch(health(), half, context);
      expect(await response.json()).toMatchObject({
        status: "ok",
        warnings: [
          expect.stringMatching(/^TURNSTILE_SITE_KEY is set and the secret TURNSTILE_SECRET_KEY is missing/),
        ],
      });
    }
    const lines = warn.mock.calls.map(([line]) => String(line));
    expect(lines.filter((line) => line.includes("configuration_warning"))).toHaveLength(1);
  });

  it("that is sound is looked at once", async () => {
    const worker = await freshWorker();
    const { assertConfigured } = await import("../../../workers/operations/assert-configured.ts");
    assertConfigured(env);
    let reads = 0;
    const observed = new Proxy(env, {
      get: (target, name) => {
        reads += 1;
        return Reflect.get(target, name) as unknown;
      },
    });
    assertConfigured(observed);
    expect(reads).toBe(0);
    expect(worker).toBeDefined();
  });
});

it("says what to set when the number of Redis nodes is none", () => {
  for (const nodes of ["1", "64", ""]) {
    expect(configurationFaults({ ...SOUND, EDGE_REDIS_NODES: nodes })).toEqual([]);
  }
  for (const nodes of ["0", "65", "few", 4]) {
    expect(configurationFaults({ ...SOUND, EDGE_REDIS_NODES: nodes })).toEqual([
      `EDGE_REDIS_NODES is ${JSON.stringify(nodes)}: set it to a number from 1 to 64, in quotes, under [vars] in wrangler.toml.`,
    ]);
  }
});
