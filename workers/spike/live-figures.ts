import type { LiveFigures } from "../../durable-objects/spike-monitor/messages.ts";
import { openLiveSocket, readFigures } from "../platform/monitor.ts";
import { findSpike } from "./catalogue.ts";

/** A watcher must prove anew who it is after this long, in milliseconds: as long as an access token lasts. */
export const LIVE_SESSION_MS = 900_000;

/**
 * What is known of a sale now: what was counted in each second of the last hour, and its ledger.
 * @throws Refusal `not_found`.
 */
export async function readLiveFigures(env: Env, spikeId: string): Promise<LiveFigures> {
  await findSpike(env, spikeId);
  return await readFigures(env, spikeId);
}

/**
 * A socket with the same, at first the last hour and then a frame every second, for LIVE_SESSION_MS.
 * @param now the server's clock, epoch milliseconds.
 * @throws Refusal `not_found`, or `overloaded` when too many watch.
 */
export async function watchLiveFigures(env: Env, spikeId: string, now: number): Promise<WebSocket> {
  await findSpike(env, spikeId);
  return await openLiveSocket(env, spikeId, now + LIVE_SESSION_MS);
}
