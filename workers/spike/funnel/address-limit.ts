import { LRUCache } from "lru-cache";
import { Refusal } from "../../shared/refusals.ts";
import { retryAfterSeconds } from "../../shared/retry-after.ts";
import { OFF } from "../../shared/settings.ts";
import type { Attempt, Filter } from "./attempt.ts";

/** Addresses an isolate counts; the least recently seen are forgotten, which only lets them through. */
const COUNTED_ADDRESSES_MAX = 100_000;

interface Window {
  endsAt: number;
  requests: number;
}

const windows = new LRUCache<string, Window>({ max: COUNTED_ADDRESSES_MAX });

/**
 * At most `addressRequestsPerWindow` requests of one address per `addressWindowSeconds`, counted by
 * each isolate for itself: a brake on floods, cheap enough to stand in front of everything.
 */
export const addressLimit: Filter = {
  name: "address_limit",
  check({ settings, address, now }: Attempt) {
    const { addressRequestsPerWindow, addressWindowSeconds } = settings;
    if (address === null || addressRequestsPerWindow === OFF || addressWindowSeconds === OFF) return null;
    const window = windows.get(address);
    if (!window || now >= window.endsAt) {
      windows.set(address, { endsAt: now + addressWindowSeconds * 1000, requests: 1 });
      return null;
    }
    if (window.requests >= addressRequestsPerWindow) {
      return new Refusal("rate_limited", {
        detail: "Too many requests from your network address.",
        retryAfter: retryAfterSeconds(window.endsAt - now),
      });
    }
    window.requests++;
    return null;
  },
};
