import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { request } from "../support/http.ts";
import { bearer } from "../support/tokens.ts";

const LIMIT = 3;

beforeEach(async () =>
  saveSettings(env, {
    ...DEFAULT_SETTINGS,
    addressRequestsPerWindow: LIMIT,
    addressWindowSeconds: 600,
    accountRequestsPerWindow: LIMIT,
    accountWindowSeconds: 600,
  }),
);
afterEach(async () => saveSettings(env, DEFAULT_SETTINGS));

const statuses = async (times: number, path: string, headersOf: (i: number) => Record<string, string>) => {
  const seen: number[] = [];
  for (let i = 0; i < times; i++) {
    const response = await request(path, { headers: headersOf(i) });
    await response.text();
    seen.push(response.status);
  }
  return seen;
};

describe("requests from one address", () => {
  it("are limited, with Retry-After, and others are not", async () => {
    const from = (address: string) => () => ({ "cf-connecting-ip": address });
    expect(await statuses(LIMIT + 1, "/api/spikes", from("203.0.113.20"))).toEqual([200, 200, 200, 429]);
    expect(await statuses(1, "/api/spikes", from("203.0.113.21"))).toEqual([200]);
    const refused = await request("/api/spikes", { headers: from("203.0.113.20")() });
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("are one address's within an IPv6 network, whatever it claims elsewhere", async () => {
    const headersOf = (i: number) => ({
      "cf-connecting-ip": `2001:db8:7:7::${i.toString(16)}`,
      "x-forwarded-for": `198.51.100.${i}`,
      "x-real-ip": `198.51.100.${i}`,
      "true-client-ip": `198.51.100.${i}`,
      forwarded: `for=198.51.100.${i}`,
    });
    expect(await statuses(LIMIT + 1, "/api/spikes", headersOf)).toEqual([200, 200, 200, 429]);
  });

  it.each([
    ["with no address", () => ({})],
    ["from this machine", () => ({ "cf-connecting-ip": "127.0.0.1" })],
    [
      "that name others",
      (i: number) => ({ "x-forwarded-for": "203.0.113.22", "x-real-ip": `203.0.113.${i}` }),
    ],
    ["with two addresses", () => ({ "cf-connecting-ip": "203.0.113.23, 203.0.113.24" })],
  ])("%s are not counted", async (_what, headersOf) => {
    expect(await statuses(LIMIT + 3, "/api/spikes", headersOf)).toEqual(Array(LIMIT + 3).fill(200));
  });
});

describe("requests of one account", () => {
  it("for orders are limited apart from everything else", async () => {
    const busy = await bearer({ userId: "u-busy" });
    expect(await statuses(LIMIT + 1, "/api/orders", () => busy)).toEqual([200, 200, 200, 429]);
    expect(await statuses(1, "/api/spikes", () => busy)).toEqual([200]);
    const other = await bearer({ userId: "u-other" });
    expect(await statuses(1, "/api/orders", () => other)).toEqual([200]);
  });
});
