import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ALL_SALES, changeSettings, ofSpike, republishSettings } from "../../../workers/admin/settings.ts";
import { republishSpikeSettings, SALES_MAX } from "../../../workers/admin/settings-copies.ts";
import { audit, settingsVersions, users } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import {
  loadSettings,
  loadSpikeSettings,
  saveSettings,
  SETTINGS_ISOLATE_MS,
} from "../../../workers/platform/settings-store.ts";
import { ADMIN_PAGE_SIZE } from "../../../workers/shared/limits.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { call, request } from "../support/http.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike } from "../support/spikes.ts";
import { adminBearer } from "../support/tokens.ts";

const PATH = "/api/admin/settings";
let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});
beforeEach(async () => {
  await database(env).delete(settingsVersions);
  await saveSettings(env, DEFAULT_SETTINGS);
});

const put = (path: string, body: unknown, ifMatch?: string) =>
  call(path, { method: "PUT", headers: { ...admin, ...(ifMatch && { "if-match": ifMatch }) }, body });
const revert = (path: string, version: unknown, ifMatch?: string) =>
  call(`${path}/revert`, {
    headers: { ...admin, ...(ifMatch && { "if-match": ifMatch }) },
    body: { version },
  });
const get = (path: string) => call(path, { headers: admin });
const tagOf = async (path: string) => (await request(path, { headers: admin })).headers.get("etag");

describe("the history of the settings", () => {
  it("holds every version, the newest first, with who and when", async () => {
    await put(PATH, { overloadFactor: 3 });
    await put(PATH, { overloadFactor: 4 });
    const { status, body } = await get(`${PATH}/history`);
    expect(status).toBe(200);
    const entry = { createdAt: expect.any(String), createdBy: "u-admin" };
    expect(body).toEqual({
      versions: [
        { version: 2, settings: { ...DEFAULT_SETTINGS, overloadFactor: 4 }, ...entry },
        { version: 1, settings: { ...DEFAULT_SETTINGS, overloadFactor: 3 }, ...entry },
      ],
    });
  });

  it("names who made a version, also that of one sale, for as long as there is such an account", async () => {
    const username = "names.in.history";
    const { user } = (await call("/api/users", { body: { username, password: "a long enough phrase" } }))
      .body;
    const { id } = await createSpike();
    const author = { actor: user.id, expectedVersion: null };
    await changeSettings(env, author, ALL_SALES, (before) => ({ ...before, overloadFactor: 3 }));
    await changeSettings(env, author, ofSpike(id), () => ({ overloadFactor: 4 }));
    const histories = [`${PATH}/history`, `/api/admin/spikes/${id}/settings/history`];
    const authorIn = async (history: string) => {
      const { createdBy, createdByName } = (await get(history)).body.versions[0];
      return { createdBy, createdByName };
    };
    for (const history of histories) {
      expect(await authorIn(history)).toEqual({ createdBy: user.id, createdByName: username });
    }
    await database(env).delete(users).where(eq(users.id, user.id));
    for (const history of histories) expect(await authorIn(history)).toEqual({ createdBy: user.id });
  });

  it("comes in pages", async () => {
    const author = { actor: "a", expectedVersion: null };
    for (let n = 1; n <= ADMIN_PAGE_SIZE + 1; n++) {
      await changeSettings(env, author, ALL_SALES, (before) => ({ ...before, overloadFactor: n + 10 }));
    }
    const first = (await get(`${PATH}/history`)).body;
    expect(first.versions).toHaveLength(ADMIN_PAGE_SIZE);
    const second = (await get(`${PATH}/history?cursor=${first.nextCursor}`)).body;
    expect(second.versions).toMatchObject([{ version: 1 }]);
    expect(second).not.toHaveProperty("nextCursor");
  });

  it("can be gone back in, as a new version that is itself on record", async () => {
    await put(PATH, { overloadFactor: 3, gatesPerSpike: 2 });
    await put(PATH, { overloadFactor: 4 });
    const expected = { ...DEFAULT_SETTINGS, overloadFactor: 3, gatesPerSpike: 2 };
    expect(await revert(PATH, 1)).toEqual({ status: 200, body: expected });
    expect(await loadSettings(env)).toEqual(expected);
    expect((await get(`${PATH}/history`)).body.versions[0]).toMatchObject({ version: 3, settings: expected });
    expect(await revert(PATH, 0)).toEqual({ status: 200, body: DEFAULT_SETTINGS });
    const trail = await database(env).select().from(audit).where(eq(audit.subject, "settings"));
    expect(trail.at(-1)?.details).toMatchObject({ version: 4, before: { overloadFactor: 3 } });
  });

  it.each([[2], [99]])("has no version %d to go back to", async (version) => {
    await put(PATH, { overloadFactor: 3 });
    expect(await revert(PATH, version)).toMatchObject({ status: 404 });
  });

  it.each([[-1], [1.5], ["1"], [undefined]])("does not take %j for a version", async (version) => {
    expect(await revert(PATH, version)).toMatchObject({ status: 400 });
  });
});

describe("two admins", () => {
  it("do not overwrite each other when they say what they have seen", async () => {
    const seen = (await tagOf(PATH)) ?? "";
    expect(seen).toBe('"0"');
    expect(await put(PATH, { overloadFactor: 3 }, seen)).toMatchObject({ status: 200 });
    expect(await put(PATH, { overloadFactor: 4 }, seen)).toMatchObject({
      status: 400,
      body: { code: "invalid_request", errors: [{ path: "If-Match" }] },
    });
    expect(await revert(PATH, 0, seen)).toMatchObject({ status: 400 });
    expect((await get(PATH)).body).toMatchObject({ overloadFactor: 3 });
    expect(await put(PATH, { overloadFactor: 4 }, '"1"')).toMatchObject({ status: 200 });
    expect(await put(PATH, { overloadFactor: 5 }, "*")).toMatchObject({ status: 200 });
    expect(await put(PATH, { overloadFactor: 6 }, "1")).toMatchObject({ status: 400 });
  });
});

describe("one sale's own settings", () => {
  it("hold for it alone, are merged with those of all, and can be taken away", async () => {
    const [{ id }, other] = [await createSpike(), await createSpike()];
    const path = `/api/admin/spikes/${id}/settings`;
    expect((await get(path)).body).toEqual({ own: {}, effective: DEFAULT_SETTINGS });
    const own = { userIntervalMs: 0, overloadFactor: 7 };
    expect((await put(path, own)).body).toEqual({ own, effective: { ...DEFAULT_SETTINGS, ...own } });
    await put(PATH, { overloadFactor: 5, gatesPerSpike: 2 });
    expect(await loadSpikeSettings(env, id)).toEqual({ ...DEFAULT_SETTINGS, gatesPerSpike: 2, ...own });
    expect(await loadSpikeSettings(env, other.id)).toMatchObject({ overloadFactor: 5, userIntervalMs: 500 });
    expect(await env.SETTINGS.get(`settings:${id}`, "json")).toEqual(own);
    expect((await put(path, { overloadFactor: null })).body.own).toEqual({ userIntervalMs: 0 });
    expect(await loadSpikeSettings(env, id)).toMatchObject({ overloadFactor: 5, userIntervalMs: 0 });
    expect((await revert(path, 0)).body.own).toEqual({});
    expect(await env.SETTINGS.get(`settings:${id}`)).toBeNull();
    expect((await revert(path, 1, '"3"')).body.own).toEqual(own);
    const { versions } = (await get(`${path}/history`)).body;
    expect(versions.map(({ settings }: { settings: unknown }) => settings)).toEqual([
      own,
      {},
      { userIntervalMs: 0 },
      own,
    ]);
    expect(await tagOf(path)).toBe('"4"');
    const trail = await database(env).select().from(audit).where(eq(audit.subject, id));
    expect(trail.filter(({ action }) => action === "settings.update")).toHaveLength(4);
  });

  it.each([
    [60_000, "rate_limited"],
    [0, "sold_out"],
  ])("decide how a purchase ends: an interval of %d ms, %s", async (userIntervalMs, code) => {
    const { id } = await createSpike({ stock: 1, maxPerUser: 2 });
    await put(`/api/admin/spikes/${id}/settings`, { userIntervalMs });
    const token = await purchaseTokenFor(id, "hasty");
    const askForTwo = async () =>
      (await buy(id, { userId: "hasty", token, body: { quantity: 2 } })).body.code;
    expect([await askForTwo(), await askForTwo()]).toEqual(["sold_out", code]);
  });

  it.each<[string, unknown]>([
    ["a limit that stands before the sale is known", { addressRequestsPerWindow: 1 }],
    ["the switch for all", { salesPaused: 1 }],
    ["what nobody knows", { nonsense: 1 }],
    ["a number out of range", { gatesPerSpike: 65 }],
    ["no number", { gatesPerSpike: "2" }],
  ])("cannot be %s", async (_, body) => {
    const { id } = await createSpike();
    expect(await put(`/api/admin/spikes/${id}/settings`, body)).toMatchObject({ status: 400 });
  });

  it("need a sale", async () => {
    const path = "/api/admin/spikes/nosuchspike0/settings";
    expect(await get(path)).toMatchObject({ status: 404 });
    expect(await put(path, {})).toMatchObject({ status: 404 });
  });
});

it("cron repairs the copy towards the edge", async () => {
  await put(PATH, { overloadFactor: 9 });
  await env.SETTINGS.put("settings", JSON.stringify(DEFAULT_SETTINGS));
  await republishSettings(env, Date.now());
  expect(await env.SETTINGS.get("settings", "json")).toMatchObject({ overloadFactor: 9 });
});

it("cron repairs the copies of sales, and makes none of one that is gone", async () => {
  const [changed, taken, gone] = [await createSpike(), await createSpike(), await createSpike()];
  const pathOf = ({ id }: { id: string }) => `/api/admin/spikes/${id}/settings`;
  const stored = ({ id }: { id: string }) => env.SETTINGS.get(`settings:${id}`, "json");
  for (const sale of [changed, taken, gone]) await put(pathOf(sale), { overloadFactor: 9 });
  await put(pathOf(taken), { overloadFactor: null });
  await call(`/api/admin/spikes/${gone.id}`, { method: "DELETE", headers: admin });
  await env.SETTINGS.put(`settings:${changed.id}`, JSON.stringify({ overloadFactor: 3 }));
  await env.SETTINGS.put(`settings:${taken.id}`, JSON.stringify({ overloadFactor: 3 }));
  await republishSpikeSettings(env, Date.now());
  expect(await stored(changed)).toEqual({ overloadFactor: 9 });
  expect(await stored(taken)).toBeNull();
  expect(await stored(gone)).toBeNull();
});

it("of more sales than cron compares in one run, those that were changed last have their turn", async () => {
  const changed = await createSpike();
  await put(`/api/admin/spikes/${changed.id}/settings`, { overloadFactor: 9 });
  const older = `WITH RECURSIVE older(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM older WHERE id < ${SALES_MAX})`;
  const columns = `version, title, description, image_url, price_minor, original_price_minor, currency, stock, max_per_user,
    starts_at, ends_at, hold_seconds, access_rules, created_at, updated_at`;
  await env.DB.batch([
    env.DB.prepare(
      `${older} INSERT INTO spikes (id, ${columns}) SELECT '!' || older.id, ${columns} FROM spikes, older WHERE spikes.id = ?`,
    ).bind(changed.id),
    env.DB.prepare(
      `${older} INSERT INTO settings_versions SELECT '!' || id, 1, '{}', ?, 'admin' FROM older`,
    ).bind(Date.now() - 60_000),
  ]);
  await env.SETTINGS.delete(`settings:${changed.id}`);
  await republishSpikeSettings(env, Date.now());
  await env.DB.exec("DELETE FROM spikes WHERE id LIKE '!%'");
  expect(await env.SETTINGS.get(`settings:${changed.id}`, "json")).toEqual({ overloadFactor: 9 });
});

describe("a copy towards the edge that nobody can use", () => {
  const STORED = "settings";
  const NONSENSE = ["{ not JSON", '"text"', JSON.stringify({ gatesPerSpike: 10_000 })];
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  const health = async () => (await call<{ warnings?: string[] }>("/health")).body.warnings;

  it.each(NONSENSE)(
    "is written anew by cron, whether settings were ever changed or not: %s",
    async (stored) => {
      await database(env).delete(settingsVersions);
      await env.SETTINGS.put(STORED, stored);
      await republishSettings(env, Date.now());
      expect(await env.SETTINGS.get(STORED, "json")).toEqual(DEFAULT_SETTINGS);
      await put(PATH, { overloadFactor: 9 });
      await env.SETTINGS.put(STORED, stored);
      await republishSettings(env, Date.now());
      expect(await env.SETTINGS.get(STORED, "json")).toMatchObject({ overloadFactor: 9 });
    },
  );

  it("stays when it can be used and nobody has changed settings here", async () => {
    await database(env).delete(settingsVersions);
    const other = JSON.stringify({ overloadFactor: 5 });
    await env.SETTINGS.put(STORED, other);
    await republishSettings(env, Date.now());
    expect(await env.SETTINGS.get(STORED)).toBe(other);
  });

  it.each(NONSENSE)("leaves the last known settings in force, and says what to do: %s", async (stored) => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    await put(PATH, { overloadFactor: 7 });
    await env.SETTINGS.put(STORED, stored);
    vi.setSystemTime(Date.now() + SETTINGS_ISOLATE_MS);
    const sentence = expect.stringMatching(
      /^The settings stored in KV cannot be used \(.+\), the last known .+: store them anew with PUT \/api\/admin\/settings\.$/,
    );
    expect(await health()).toEqual([sentence]);
    expect(await loadSettings(env)).toMatchObject({ overloadFactor: 7 });
    expect(error.mock.calls.map(([line]) => String(line))).toEqual([
      expect.stringContaining("settings_unreadable"),
    ]);
    await put(PATH, { overloadFactor: 8 });
    expect(await health()).toBeUndefined();
    vi.setSystemTime(Date.now() + SETTINGS_ISOLATE_MS);
    expect(await health()).toBeUndefined();
  });
});
