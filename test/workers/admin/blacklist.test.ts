import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { SpikeGate } from "../../../durable-objects/spike-gate/spike-gate.ts";
import { forgetBlacklist, isBlacklisted } from "../../../workers/access/blacklist.ts";
import { clientNetwork } from "../../../workers/shared/address.ts";
import { Blacklist } from "../../../workers/shared/blacklist.ts";
import { BAR_MAX_SECONDS } from "../../../workers/shared/limits.ts";
import { command } from "../../../workers/shared/redis/commands.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";
import { call } from "../support/http.ts";
import { withoutTimeLimits } from "../support/patience.ts";
import { createSpike, inMinutes } from "../support/spikes.ts";
import { adminBearer } from "../support/tokens.ts";
import { trailOf } from "../support/trail.ts";

const redis = openRedis(env);
const blacklist = new Blacklist(redis);

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});
beforeEach(async () => {
  await redis.run(command(["FLUSHALL"]));
});
afterEach(() => void vi.restoreAllMocks());

const send = (method: string, path: string, body?: unknown) =>
  call(`/api/admin/blacklist${path}`, { method, headers: admin, body });
const put = (path: string, body: unknown = { reason: "bot" }) => send("PUT", path, body);

describe("the blacklist", () => {
  it("takes an account, shows it and lifts it again", async () => {
    const entry = {
      kind: "user",
      value: "u-bot",
      reason: "bought 400 kettles",
      createdAt: expect.any(String),
      createdBy: "u-admin",
    };
    expect(await put("/user/u-bot", { reason: entry.reason })).toEqual({ status: 200, body: entry });
    expect(await send("GET", "/user/u-bot")).toEqual({ status: 200, body: entry });
    expect(await send("GET", "")).toEqual({ status: 200, body: { entries: [entry] } });
    expect(await send("DELETE", "/user/u-bot")).toEqual({ status: 204, body: null });
    expect(await send("GET", "/user/u-bot")).toMatchObject({ status: 404 });
    expect(await send("DELETE", "/user/u-bot")).toMatchObject({ status: 404 });
    expect(await trailOf("user:u-bot")).toEqual([
      { actor: "u-admin", action: "blacklist.put", details: { reason: entry.reason, expiresAt: null } },
      {
        actor: "u-admin",
        action: "blacklist.delete",
        details: { before: { reason: entry.reason, expiresAt: null } },
      },
    ]);
  });

  it("lifts a bar that its gate has not written down yet, and says so of none", async () => {
    await createSpike();
    const held = new Set(["u-held"]);
    const forgive = vi
      .spyOn(SpikeGate.prototype, "forgive")
      .mockImplementation(async ({ value }, onlyIfBarred) => {
        expect(onlyIfBarred).toBe(true);
        return held.delete(value);
      });
    expect(await send("DELETE", "/user/u-other")).toMatchObject({ status: 404 });
    expect(await send("DELETE", "/user/u-held")).toMatchObject({ status: 204 });
    expect(await send("DELETE", "/user/u-held")).toMatchObject({ status: 404 });
    expect(await trailOf("user:u-held")).toEqual([
      { actor: "u-admin", action: "blacklist.delete", details: { before: null } },
    ]);
    forgive.mockRestore();
  });

  it("lifts nothing that a gate still holds against somebody, and would write down again", async () => {
    await createSpike();
    await put("/user/u-struck");
    const barredWhenForgiven: boolean[] = [];
    vi.spyOn(SpikeGate.prototype, "forgive").mockImplementation(async (subject) => {
      barredWhenForgiven.push((await blacklist.find(subject, Date.now())) !== null);
      return true;
    });
    expect(await send("DELETE", "/user/u-struck")).toMatchObject({ status: 204 });
    expect(barredWhenForgiven.length).toBeGreaterThan(0);
    expect(barredWhenForgiven).not.toContain(false);
    expect(await send("GET", "/user/u-struck")).toMatchObject({ status: 404 });
  });

  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:DB8:0:1:aaaa::1", "2001:db8:0:1::/64"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
    ["2001:db8:0:1::/64", "2001:db8:0:1::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("keeps the address %s as %s, however it is written later", async (written, kept) => {
    const path = `/ip/${encodeURIComponent(written)}`;
    expect(await put(path)).toMatchObject({ status: 200, body: { kind: "ip", value: kept } });
    expect(await send("GET", `/ip/${encodeURIComponent(kept)}`)).toMatchObject({ body: { value: kept } });
    expect(await send("DELETE", path)).toMatchObject({ status: 204 });
  });

  it.each([
    "/ip/300.1.1.1",
    "/ip/1.2.3",
    "/ip/example.com",
    "/ip/10.0.0.0%2F8",
    "/ip/fe80::1%25eth0",
    "/user/a%20b",
  ])("refuses %s", async (path) => {
    expect(await put(path)).toMatchObject({ status: 400, body: { errors: [{ path: "value" }] } });
  });

  it.each(["200b", "200e", "200f", "feff", "ad", "2060", "202e", "0", "1f", "85"])(
    "refuses a value with the character %s, which nobody sees, wherever it stands",
    async (codePoint) => {
      const hidden = String.fromCodePoint(Number.parseInt(codePoint, 16));
      const errors = [{ path: "value", code: "invisible_characters" }];
      for (const value of [`${hidden}u-bot`, `u-${hidden}bot`, `u-bot${hidden}`])
        expect(await put(`/user/${encodeURIComponent(value)}`)).toMatchObject({
          status: 400,
          body: { errors },
        });
      const address = encodeURIComponent(`203.0.113.7${hidden}`);
      expect(await put(`/ip/${address}`)).toMatchObject({ status: 400, body: { errors } });
      expect((await send("GET", "")).body.entries).toEqual([]);
    },
  );

  it("shows and lifts an entry with an invisible character that is there already", async () => {
    const value = "u-\u200bold";
    const entry = { reason: "old", expiresAt: null, createdAt: 1, createdBy: "u-admin" };
    await blacklist.put({ kind: "user", value, ...entry });
    const path = `/user/${encodeURIComponent(value)}`;
    expect(await send("GET", path)).toMatchObject({ status: 200, body: { value } });
    expect(await send("DELETE", path)).toMatchObject({ status: 204 });
    expect(await send("GET", path)).toMatchObject({ status: 404 });
  });

  it.each([{}, { reason: "" }, { reason: "x".repeat(501) }, { reason: "x", until: 1 }])(
    "refuses the body %#",
    async (body) => {
      expect(await put("/user/u1", body)).toMatchObject({ status: 400 });
    },
  );

  it("refuses a kind it does not know and an end in the past", async () => {
    expect(await put("/planet/mars")).toMatchObject({ status: 400, body: { errors: [{ path: "kind" }] } });
    expect(await put("/user/u1", { reason: "x", expiresAt: inMinutes(-1) })).toMatchObject({
      status: 400,
      body: { errors: [{ path: "expiresAt" }] },
    });
  });

  it("takes a length instead of an end, by the server's clock", async () => {
    const ends = async (forSeconds: number) => {
      const { status, body } = await put("/user/u-long", { reason: "x", forSeconds });
      return [status, Date.parse(body.expiresAt) - Date.parse(body.createdAt)];
    };
    expect(await ends(1)).toEqual([200, 1_000]);
    expect(await ends(BAR_MAX_SECONDS)).toEqual([200, BAR_MAX_SECONDS * 1_000]);
    for (const forSeconds of [0, BAR_MAX_SECONDS + 1, 1.5])
      expect(await put("/user/u-long", { reason: "x", forSeconds })).toMatchObject({
        status: 400,
        body: { errors: [{ path: "forSeconds" }] },
      });
    expect(await put("/user/u-long", { reason: "x", forSeconds: 60, expiresAt: inMinutes(1) })).toMatchObject(
      {
        status: 400,
        body: { errors: [{ path: "forSeconds", code: "not_one_end" }] },
      },
    );
  });

  it("replaces an entry, and forgets one that has run out", async () => {
    const expiresAt = inMinutes(10);
    await put("/user/u1", { reason: "first" });
    expect(await put("/user/u1", { reason: "second", expiresAt })).toMatchObject({ body: { expiresAt } });
    expect((await send("GET", "")).body.entries).toMatchObject([{ reason: "second", expiresAt }]);
    const ended = { reason: "second", expiresAt: 1, createdAt: 1, createdBy: "u-admin" };
    await blacklist.put({ kind: "user", value: "u1", ...ended });
    expect(await send("GET", "/user/u1")).toMatchObject({ status: 404 });
    expect((await send("GET", "")).body.entries).toEqual([]);
    expect(await send("GET", "/user/u1")).toMatchObject({ status: 404 });
    await put("/user/u2");
    expect(await redis.run(command(["HKEYS", "{blacklist}:entries"]))).toEqual(["user:u2"]);
  });

  it("bars the account, and every address of the network, from the next request on", async () => {
    const isBarred = (address: string, userId = "u1") =>
      withoutTimeLimits(async () => isBlacklisted(env, userId, clientNetwork(address), Date.now()));
    expect(await isBarred("2001:db8:0:1::2")).toBe(false);
    await put("/ip/2001:db8:0:1::1");
    expect(await isBarred("2001:db8:0:1::2")).toBe(true);
    expect(await isBarred("2001:db8:0:2::2")).toBe(false);
    await put("/user/u-bot");
    expect(await isBarred("203.0.113.7", "u-bot")).toBe(true);
    await send("DELETE", "/user/u-bot");
    expect(await isBarred("203.0.113.7", "u-bot")).toBe(false);
  });

  it("stays as last read while Redis does not answer at all", async () => {
    forgetBlacklist();
    const mute = { execute: () => new Promise(() => undefined) };
    const EDGE_REDIS = { idFromName: () => null, get: () => mute };
    expect(await isBlacklisted({ ...env, EDGE_REDIS } as unknown as Env, "u-mute", null, Date.now())).toBe(
      false,
    );
  });

  it("comes in pages, each entry once, also where many were made at the same moment", async () => {
    const rows = Array.from({ length: 120 }, (_, i) => ({
      kind: i % 2 ? ("user" as const) : ("ip" as const),
      value: `v${Math.floor(i / 2)}`,
      reason: "r",
      createdAt: 1,
      createdBy: "u-admin",
    }));
    await blacklist.add(
      rows.map((row) => ({ ...row, expiresAt: null })),
      1,
    );
    const seen: string[] = [];
    let cursor: string | undefined = "";
    while (cursor !== undefined) {
      const { body } = await send("GET", cursor ? `?cursor=${cursor}` : "");
      expect(body.entries.length).toBeLessThanOrEqual(50);
      seen.push(
        ...body.entries.map((entry: { kind: string; value: string }) => `${entry.kind}:${entry.value}`),
      );
      cursor = body.nextCursor;
    }
    expect(seen).toHaveLength(120);
    expect(new Set(seen).size).toBe(120);
  });
});
