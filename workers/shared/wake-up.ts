/** An object wakes itself this long before its sale starts, in milliseconds: sooner, it might be asleep again by then. */
export const WAKE_UP_AHEAD_MS = 5_000;

/** When the alarm is to wake an object of a sale, null when its start is too close. Epoch milliseconds. */
export function wakeUpAt(startsAt: number, now: number): number | null {
  const at = startsAt - WAKE_UP_AHEAD_MS;
  return at > now ? at : null;
}
