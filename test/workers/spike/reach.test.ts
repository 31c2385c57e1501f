import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BLACKLIST_FRESH_MS, isBlacklisted } from "../../../workers/access/blacklist.ts";
import { answerAtTheDoor } from "../../../workers/front-door/front-door.ts";
import { withLedger } from "../../../workers/platform/ledger.ts";
import {
  loadSettings,
  loadSpikeSettings,
  peekSettings,
  peekSpikeSettings,
  SETTINGS_EDGE_SECONDS,
  SETTINGS_ISOLATE_MS,
} from "../../../workers/platform/settings-store.ts";
import { Blacklist } from "../../../workers/shared/blacklist.ts";
import { STOCK_MAX_AGE_MS } from "../../../workers/shared/limits.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { request } from "../support/http.ts";
import { createSpike } from "../support/spikes.ts";

/*
 * What somebody else changes reaches this isolate by nothing but the end of what it remembers. So the
 * lifetimes of its memory are how long a change takes.
 */

/** What is promised for settings, in milliseconds. */
const SETTINGS_EVERYWHERE_MS = 60_000;
/** What is promised for a pause and the switch for all sales, in milliseconds. */
const STOPPED_EVERYWHERE_MS = 1_000;

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(async () => {
  vi.useRealTimers();
  await env.SETTINGS.delete("settings");
});

/** Lets the longest life of something remembered pass, and end. */
const outlive = (ms: number) => vi.setSystemTime(Date.now() + ms + 1);

describe("a change made elsewhere is in force here", () => {
  it("within a minute for settings, whatever cache they come through", async () => {
    expect(SETTINGS_ISOLATE_MS + SETTINGS_EDGE_SECONDS * 1_000).toBeLessThanOrEqual(SETTINGS_EVERYWHERE_MS);
    const spike = await createSpike();
    await loadSpikeSettings(env, spike.id);
    await env.SETTINGS.put("settings", JSON.stringify({ ...DEFAULT_SETTINGS, overloadFactor: 7 }));
    await env.SETTINGS.put(`settings:${spike.id}`, JSON.stringify({ userIntervalMs: 9 }));
    outlive(SETTINGS_ISOLATE_MS);
    expect(peekSettings(Date.now())).toBeUndefined();
    expect(peekSpikeSettings(spike.id, Date.now())).toBeUndefined();
    expect(await loadSettings(env)).toMatchObject({ overloadFactor: 7 });
    expect(await loadSpikeSettings(env, spike.id)).toMatchObject({ overloadFactor: 7, userIntervalMs: 9 });
  });

  it("within a second for a pause", async () => {
    expect(STOCK_MAX_AGE_MS).toBeLessThanOrEqual(STOPPED_EVERYWHERE_MS);
    const spike = await createSpike();
    await request(`/api/spikes/${spike.id}`);
    await withLedger(env, spike.id, (ledger) => ledger.setPaused(true));
    outlive(STOCK_MAX_AGE_MS);
    const path = `https://spike.test/api/spikes/${spike.id}/purchases/any`;
    const purchase = () => new Request(path, { method: "POST" });
    // Memory no longer says anything, so the ledger is asked, and the crowd hears it from memory again.
    expect(answerAtTheDoor(purchase(), env)).toBeNull();
    expect((await request(`/api/spikes/${spike.id}/purchases/any`, { method: "POST" })).status).toBe(503);
    expect(await answerAtTheDoor(purchase(), env)?.json()).toMatchObject({ code: "paused" });
  });

  it("within seconds for the blacklist", async () => {
    const isBarred = () => isBlacklisted(env, "u-elsewhere", null, Date.now());
    expect(await isBarred()).toBe(false);
    await new Blacklist(openRedis(env)).put({
      ...{ kind: "user", value: "u-elsewhere", reason: "Bots." },
      ...{ expiresAt: null, createdAt: Date.now(), createdBy: "another isolate" },
    });
    outlive(BLACKLIST_FRESH_MS);
    expect(await isBarred()).toBe(true);
  });
});
