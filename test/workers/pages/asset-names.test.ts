import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadAssetNames } from "../../../workers/pages/answer.ts";
import { ASSET_NAMES_PATH } from "../../../workers/pages/asset-names.ts";
import { LOAD_PATIENCE_MS } from "../../../workers/shared/fresh-cache.ts";

// A file of its own: an isolate learns the names once.
beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

const withAssets = (fetch: () => Promise<Response>): Env => ({ ...env, ASSETS: { ...env.ASSETS, fetch } });

describe("the names of the browser's files", () => {
  it("are asked for again when who asked first has hung up, and never again once they are known", async () => {
    const hungUp = withAssets(() => new Promise<never>(() => undefined));
    void loadAssetNames(hungUp);
    vi.setSystemTime(Date.now() + LOAD_PATIENCE_MS);
    const fetch = vi.fn(() => env.ASSETS.fetch(`https://assets.invalid${ASSET_NAMES_PATH}`));
    const asked = loadAssetNames(withAssets(fetch));
    expect(fetch).toHaveBeenCalledTimes(1);
    const names = await asked;
    expect(names.styles).toMatch(/\.css$/);
    vi.setSystemTime(Date.now() + 30 * 86_400_000);
    const away = withAssets(() => Promise.reject(new Error("nobody should ask")));
    expect(await loadAssetNames(away)).toBe(names);
  });
});
