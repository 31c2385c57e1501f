import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FreshCache } from "../../workers/shared/fresh-cache.ts";
import { SAID_MAX, warnOnce } from "../../workers/shared/log.ts";
import { request } from "./support/http.ts";
import { buy } from "./support/purchases.ts";
import { createSpike } from "./support/spikes.ts";
import { adminBearer, bearer } from "./support/tokens.ts";

/** Requests of a flood. */
const MANY = 30;

/** Lines since the test began. */
let logged: string[] = [];
beforeEach(() => {
  logged = [];
  vi.spyOn(console, "warn").mockImplementation((line: unknown) => void logged.push(String(line)));
});
afterEach(() => void vi.restoreAllMocks());

const lines = (event: string) =>
  logged.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line["event"] === event);

describe("what strangers bring about as often as they like is logged once", () => {
  it("an address that is none, or several", async () => {
    const spike = await createSpike();
    for (let n = 0; n < MANY; n++) {
      const spoofed = { "cf-connecting-ip": `203.0.113.${n}, 198.51.100.7`, "x-forwarded-for": "192.0.2.1" };
      const answer = await request(`/api/spikes/${spike.id}`, { headers: spoofed });
      expect(answer.status).toBe(200);
      await answer.text();
    }
    expect(lines("address_unreadable")).toHaveLength(1);
  });

  it("made-up purchase tokens, once for each account", async () => {
    const spike = await createSpike();
    for (const userId of ["u-forger-1", "u-forger-2"]) {
      for (let n = 0; n < MANY; n++) await buy(spike.id, { userId, token: `forged${n}` });
    }
    const subjects = lines("suspicious_act").map(({ value, reason }) => `${String(value)} ${String(reason)}`);
    expect(subjects.filter((subject) => subject.endsWith("bad_token"))).toEqual([
      "u-forger-1 bad_token",
      "u-forger-2 bad_token",
    ]);
  });

  it("settings out of range, once for each fault", async () => {
    const headers = { ...(await adminBearer()), "content-type": "application/json" };
    for (let n = 0; n < MANY; n++) {
      const body = JSON.stringify({ overloadFactor: -1 - n });
      const answer = await request("/api/admin/settings", { method: "PUT", headers, body });
      expect(answer.status).toBe(400);
      await answer.text();
    }
    const faults = lines("invalid_request").map((line) => String(line["faults"]));
    expect(faults.filter((fault) => fault.includes("overloadFactor"))).toHaveLength(1);
  });

  it("look-alike names that are taken", async () => {
    const register = (username: string) =>
      request("/api/users", {
        method: "POST",
        headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
        body: JSON.stringify({ username, password: "correct horse battery staple" }),
      });
    expect((await register("paypa-scope")).status).toBe(201);
    for (const alike of ["рауpа-scope", "PАYPA-scope", "ｐaypa-scope"]) {
      expect((await register(alike)).status).toBe(400);
    }
    const faults = lines("invalid_request").map((line) => String(line["faults"]));
    expect(faults.filter((fault) => fault.startsWith("username"))).toHaveLength(new Set(faults).size);
    expect(faults.length).toBeGreaterThan(0);
  });

  it("a clock that is set back, again and again", () => {
    const waitUntil = () => undefined;
    const cache = new FreshCache<object>({ max: 10, ttlMs: 1_000, waitUntil });
    const real = Date.now();
    const clock = vi.spyOn(Date, "now");
    cache.set("key", {});
    for (let n = 1; n <= MANY; n++) {
      clock.mockReturnValue(real - n * 60_000);
      cache.peek("key");
    }
    expect(lines("clock_set_back")).toHaveLength(1);
  });
});

it("another subject is another thing, and memory for what was said is bounded", () => {
  for (const subject of ["a", "b", "a"]) warnOnce("tried", subject);
  expect(lines("tried")).toHaveLength(2);
  for (let n = 0; n < SAID_MAX; n++) warnOnce("filler", `${n}`);
  warnOnce("tried", "a");
  expect(lines("tried")).toHaveLength(3);
});

it("still answers each of them", async () => {
  const spike = await createSpike();
  const headers = await bearer({ userId: "u-forger-3" });
  const path = `/api/spikes/${spike.id}/purchases/forged`;
  const answers = await Promise.all(
    Array.from({ length: MANY }, () => request(path, { method: "POST", headers })),
  );
  for (const answer of answers) expect(await answer.json()).toMatchObject({ code: "invalid_spike_token" });
});
