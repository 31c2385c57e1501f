import { ServerClock } from "../../shared/clock.ts";

/** The server's clock, by the answers that say what it is: an admin's own may be wrong. */
export const CLOCK = new ServerClock();

/** Compares the clocks, where an answer tells the time. @param sent when it was asked for, on the steady clock. */
export function learnTime(sent: number, body: unknown): void {
  if (typeof body !== "object" || body === null || !("serverTime" in body)) return;
  const server = Date.parse(String(body.serverTime));
  if (!Number.isNaN(server)) CLOCK.add({ sent, received: CLOCK.steady(), server });
}
