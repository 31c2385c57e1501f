import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { configurationFaults, REDIS_TOKEN_MIN_CHARS } from "../../../workers/operations/configuration.ts";

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
    expect(faults[0]).toMatch(new RegExp(`[Ss]et (it with "npx wrangler secret put|the secret) ${name}`));
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

it("asks for the binding that a choice needs", () => {
  const chosen = { ...SOUND, ORDER_STORE: "mysql" };
  expect(configurationFaults(chosen)).toEqual([expect.stringContaining("The binding HYPERDRIVE (")]);
  expect(configurationFaults({ ...chosen, HYPERDRIVE: {} })).toEqual([]);
});

it.each(["TURNSTILE_VERIFY_URL", "WEBHOOK_DNS_URL"])("asks for a whole address in %s", (name) => {
  for (const wrong of [undefined, "", "nowhere"]) {
    expect(configurationFaults({ ...SOUND, [name]: wrong })).toEqual([expect.stringContaining(name)]);
  }
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

it("says everything at once when nothing is there", () => {
  expect(configurationFaults({})).toHaveLength(18);
});

describe("a Worker in a fresh isolate", () => {
  beforeEach(() => void vi.resetModules());
  afterEach(() => void vi.restoreAllMocks());

  const freshWorker = async () => (await import("../../../workers/index.ts")).default;
  const get = () => new Request<unknown, IncomingRequestCfProperties>("https://spike.test/api/spikes");
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

  it("that is misconfigured gives messages back and leaves cron to the next minute", async () => {
    const worker = await freshWorker();
    const broken = { ...env, ADMIN_PASSWORD: "" };
    const batch = { queue: "spike-orders", messages: [] } as unknown as MessageBatch;
    await expect(worker.queue(batch, broken)).rejects.toThrow("The secret ADMIN_PASSWORD is missing");
    const controller = { scheduledTime: 0, cron: "", noRetry() {} } as unknown as ScheduledController;
    await expect(worker.scheduled(controller, broken)).rejects.toThrow("ADMIN_PASSWORD");
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
      `EDGE_REDIS_NODES is ${JSON.stringify(nodes)}: set it to a number from 1 to 64 under [vars] in wrangler.toml.`,
    ]);
  }
});
