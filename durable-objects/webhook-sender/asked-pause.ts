import { ENDPOINT_PAUSE_MIN_MS } from "./schedule.ts";

/** Longest pause an endpoint can ask for, in milliseconds: a slip of its clock must not silence it for a year. */
export const ASKED_PAUSE_MAX_MS = 3_600_000;

const TOO_MANY_REQUESTS = 429;
const UNAVAILABLE = 503;

/**
 * How long the endpoint asked to be left alone, in milliseconds, by Retry-After (RFC 9110, 10.2.3) in seconds or as
 * a date; null when it did not ask. Who says 429 without saying how long gets the shortest pause.
 * @param now epoch milliseconds.
 */
export function askedPauseMs({ status, headers }: Response, now: number): number | null {
  if (status !== TOO_MANY_REQUESTS && status !== UNAVAILABLE) return null;
  const text = headers.get("retry-after")?.trim() ?? "";
  const asked = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  if (asked > 0) return Math.min(asked, ASKED_PAUSE_MAX_MS);
  return status === TOO_MANY_REQUESTS ? ENDPOINT_PAUSE_MIN_MS : null;
}
