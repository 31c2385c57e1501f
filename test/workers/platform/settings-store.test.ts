import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  loadSettings,
  loadSpikeSettings,
  saveSettings,
  SETTINGS_ISOLATE_MS,
} from "../../../workers/platform/settings-store.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { createSpike } from "../support/spikes.ts";

const CROWD = 1_000;
const KNOWN = { ...DEFAULT_SETTINGS, overloadFactor: 7 };

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await saveSettings(env, KNOWN);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Lets what this isolate knows run out. */
const forget = () => void vi.setSystemTime(Date.now() + SETTINGS_ISOLATE_MS);

function withKv(kv: Partial<KVNamespace>): Env {
  return { ...env, SETTINGS: kv as KVNamespace };
}

describe("settings", () => {
  it("are read once for all who ask while they are being read", async () => {
    forget();
    const answers = Promise.withResolvers<object>();
    const get = vi.fn<() => Promise<object>>(() => answers.promise);
    const crowd = Array.from({ length: CROWD }, () => loadSettings(withKv({ get } as never)));
    answers.resolve({ ...DEFAULT_SETTINGS, overloadFactor: 8 });
    for (const settings of await Promise.all(crowd)) expect(settings.overloadFactor).toBe(8);
    expect(get).toHaveBeenCalledTimes(1);
  });

  it("stay as last known while KV does not answer at all, and nobody waits long", async () => {
    const spike = await createSpike();
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    forget();
    const silent = withKv({ get: (() => new Promise(() => undefined)) as never });
    expect(await loadSpikeSettings(silent, spike.id)).toEqual(KNOWN);
    expect(error.mock.calls.flat().join()).toContain("settings_unreadable");
  });

  it("that this isolate stores are not overtaken by what was being read", async () => {
    forget();
    const answers = Promise.withResolvers<object>();
    const loading = loadSettings(withKv({ get: () => answers.promise } as never));
    await saveSettings(env, { ...DEFAULT_SETTINGS, overloadFactor: 9 });
    answers.resolve(KNOWN);
    expect((await loading).overloadFactor).toBe(9);
    expect((await loadSettings(env)).overloadFactor).toBe(9);
  });

  it("are written again when KV takes no second write within a second", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const put = vi
      .fn<KVNamespace["put"]>()
      .mockRejectedValueOnce(new Error("KV PUT failed: 429 Too Many Requests"))
      .mockResolvedValue(undefined);
    await saveSettings(withKv({ put: put as never }), KNOWN);
    expect(put).toHaveBeenCalledTimes(2);
    expect(warn.mock.calls.flat().join()).toContain("settings_write_repeated");
  });

  it("that KV never takes are an error", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const put = vi.fn<KVNamespace["put"]>().mockRejectedValue(new Error("KV is away"));
    await expect(saveSettings(withKv({ put: put as never }), KNOWN)).rejects.toThrow("KV is away");
  });
});
