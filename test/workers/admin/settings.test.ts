import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ALL_SALES, changeSettings } from "../../../workers/admin/settings.ts";
import { audit, settingsVersions } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import { loadSettings } from "../../../workers/platform/settings-store.ts";
import { DEFAULT_SETTINGS, settingsSchema } from "../../../workers/shared/settings.ts";
import { call } from "../support/http.ts";
import { adminBearer } from "../support/tokens.ts";

const PATH = "/api/admin/settings";
let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});
beforeEach(async () => {
  await database(env).delete(settingsVersions);
  await database(env).delete(audit);
});

const author = (actor: string) => ({ actor, expectedVersion: null });
const put = (body: unknown) => call(PATH, { method: "PUT", headers: admin, body });

describe("settings", () => {
  it("are the defaults until someone changes them", async () => {
    expect(await call(PATH, { headers: admin })).toEqual({ status: 200, body: DEFAULT_SETTINGS });
  });

  it("keep what a change does not name, and take effect in this isolate at once", async () => {
    const first = { ...DEFAULT_SETTINGS, userIntervalMs: 0 };
    expect(await put({ userIntervalMs: 0 })).toEqual({ status: 200, body: first });
    const second = { ...first, overloadFactor: 3, gatesPerSpike: 4 };
    expect(await put({ overloadFactor: 3, gatesPerSpike: 4 })).toEqual({ status: 200, body: second });
    expect(await call(PATH, { headers: admin })).toEqual({ status: 200, body: second });
    expect(await loadSettings(env)).toEqual(second);
    expect(await env.SETTINGS.get("settings", "json")).toEqual(second);
  });

  it("may be given all at once", async () => {
    const all = { ...DEFAULT_SETTINGS, strikesBeforeBlacklist: 7 };
    expect(await put(all)).toEqual({ status: 200, body: all });
  });

  it("are on record with what was before and after, and only when something changed", async () => {
    await put({ blacklistSeconds: 60 });
    await put({ blacklistSeconds: 60 });
    await put({});
    const trail = await database(env).select().from(audit).where(eq(audit.subject, "settings"));
    expect(trail).toMatchObject([
      {
        actor: "u-admin",
        action: "settings.update",
        details: { version: 1, before: { blacklistSeconds: 600 }, after: { blacklistSeconds: 60 } },
      },
    ]);
  });

  it.each<[string, unknown]>([
    ["userIntervalMs", -1],
    ["userIntervalMs", 1.5],
    ["userIntervalMs", "500"],
    ["userIntervalMs", null],
  ])("refuse %s: %j and name it", async (name, value) => {
    expect(await put({ [name]: value })).toMatchObject({ status: 400, body: { errors: [{ path: name }] } });
    expect(await database(env).$count(settingsVersions)).toBe(0);
  });

  it.each(
    Object.entries(settingsSchema.shape).map(([name, field]): [string, number] => [
      name,
      field.unwrap().maxValue ?? 0,
    ]),
  )("%s is accepted up to %d and refused above", async (name, max) => {
    expect((await put({ [name]: max - 1 })).status).toBe(200);
    expect((await put({ [name]: max })).status).toBe(200);
    expect(await put({ [name]: max + 1 })).toMatchObject({
      status: 400,
      body: { errors: [{ path: name }] },
    });
  });

  it("refuse a name nobody knows", async () => {
    const { status, body } = await put({ userIntervalMS: 1 });
    expect(status).toBe(400);
    expect(JSON.stringify(body.errors)).toContain("userIntervalMS");
  });

  it("keep both changes of two admins at the same moment", async () => {
    await Promise.all([
      changeSettings(env, author("a"), ALL_SALES, (before) => ({ ...before, overloadFactor: 5 })),
      changeSettings(env, author("b"), ALL_SALES, (before) => ({ ...before, gatesPerSpike: 5 })),
    ]);
    expect((await call(PATH, { headers: admin })).body).toMatchObject({
      overloadFactor: 5,
      gatesPerSpike: 5,
    });
  });

  it("reach the edge in their newest version when one admin's write overtakes another's", async () => {
    const setFactor = (to: Env, overloadFactor: number) =>
      changeSettings(to, author("a"), ALL_SALES, (before) => ({ ...before, overloadFactor }));
    const slowly = new Proxy(env.SETTINGS, {
      get(target, property) {
        if (property !== "put") return Reflect.get(target, property).bind(target) as unknown;
        return async (key: string, value: string) => {
          if (value.includes('"overloadFactor":7')) await setFactor(env, 8);
          await target.put(key, value);
        };
      },
    });
    await setFactor({ ...env, SETTINGS: slowly }, 7);
    expect(await env.SETTINGS.get("settings", "json")).toMatchObject({ overloadFactor: 8 });
  });

  it("that an older version stored are read with what is new and without what is gone", async () => {
    const { gatesPerSpike: _, ...older } = { ...DEFAULT_SETTINGS, overloadFactor: 9, droppedSetting: 1 };
    await database(env)
      .insert(settingsVersions)
      .values({ scope: "all", version: 1, settings: older, createdAt: 0, createdBy: "u-admin" });
    expect((await call(PATH, { headers: admin })).body).toEqual({ ...DEFAULT_SETTINGS, overloadFactor: 9 });
  });
});
