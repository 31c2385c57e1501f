import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import { forgetBlacklist } from "../../../workers/access/blacklist.ts";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { DEFAULT_SETTINGS, type Settings } from "../../../workers/shared/settings.ts";
import { STRIKE_PAUSE_MS } from "../../../workers/shared/strikes.ts";
import { buy } from "./purchases.ts";

export const CHALLENGE_AFTER = 3;
export const BAR_AFTER = 6;
/** Under which suspicion has consequences soon. */
export const SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  strikesBeforeChallenge: CHALLENGE_AFTER,
  strikesBeforeBlacklist: BAR_AFTER,
  challengeCost: 1,
  userIntervalMs: 0,
};

let users = 0;
/** Nobody another test has met. */
export const somebody = () => `u-strikes-${users++}`;

/** Turns the clock so far that the next act is another one. */
export const later = (ms: number = STRIKE_PAUSE_MS) => vi.setSystemTime(Date.now() + ms);

/** Has each test of the file run under SETTINGS, with a clock that stands until it is turned. */
export function useStrikeSettings(): void {
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await saveSettings(env, SETTINGS);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await saveSettings(env, DEFAULT_SETTINGS);
    forgetBlacklist();
  });
}

/** Sends so many purchases with a token that we never gave out, and returns their codes. */
export async function guess(
  spikeId: string,
  userId: string,
  times: number,
  headers: Record<string, string> = {},
) {
  const codes: unknown[] = [];
  for (let i = 0; i < times; i++) {
    later();
    codes.push((await buy(spikeId, { userId, token: `guess${i}`, headers })).body.code);
  }
  return codes;
}
