import type { ServerClock } from "./clock.ts";

const MS_PER_SECOND = 1_000;

/**
 * Calls `tick` at each full second of the server's clock. Timers are late under load and asleep in hidden
 * tabs, so each call reads the clock anew and nothing is counted.
 */
export function tickEachSecond(clock: ServerClock, tick: (now: number) => void): void {
  const next = () => {
    const now = clock.now();
    tick(now);
    setTimeout(next, MS_PER_SECOND - (now % MS_PER_SECOND));
  };
  next();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") tick(clock.now());
  });
}

/** Longest delay browsers' timers know, in milliseconds; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Calls once when the server's clock reaches `moment`, never before; returns how to call it off. */
export function callAt(clock: ServerClock, moment: number, action: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const check = () => {
    const left = moment - clock.now();
    if (left <= 0) action();
    else timer = setTimeout(check, Math.min(Math.ceil(left), TIMER_MAX_MS));
  };
  check();
  return () => clearTimeout(timer);
}
