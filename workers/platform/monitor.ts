import {
  type LiveFigures,
  LIVE_PATH,
  type SaleSummary,
  type SpikeMonitorRpc,
} from "../../durable-objects/spike-monitor/messages.ts";
import type { SecondCounts } from "../shared/counts.ts";
import { callObject } from "../shared/object-call.ts";
import { explain } from "../shared/explanations.ts";
import { Refusal } from "../shared/refusals.ts";

/** Never reached by a browser: the monitor is asked by its stub. */
const MONITOR_ORIGIN = "https://spike-monitor";

/** Adds what this isolate counted to a spike's figures. Tried once, because a repeat could count twice. */
export function reportCounts(env: Env, spikeId: string, seconds: SecondCounts[]): Promise<void> {
  return monitorStub(env, spikeId).report({ spikeId, seconds });
}

/** All that is known of a spike at this moment: the last hour second by second, and its ledger. */
export function readFigures(env: Env, spikeId: string): Promise<LiveFigures> {
  return callObject(() => monitorStub(env, spikeId).figures(spikeId));
}

/** What is counted and sold of a spike at this moment, without its past. */
export function summarizeSale(env: Env, spikeId: string): Promise<SaleSummary> {
  return callObject(() => monitorStub(env, spikeId).summary(spikeId));
}

/** Forgets the figures of a spike that was deleted. */
export function eraseFigures(env: Env, spikeId: string): Promise<void> {
  return callObject(() => monitorStub(env, spikeId).erase());
}

/**
 * A WebSocket that receives a frame of a spike's figures every second.
 * @param until when it is closed, epoch milliseconds.
 * @throws Refusal `overloaded` when too many watch already.
 */
export async function openLiveSocket(env: Env, spikeId: string, until: number): Promise<WebSocket> {
  const url = new URL(LIVE_PATH, MONITOR_ORIGIN);
  url.search = new URLSearchParams({ spike: spikeId, until: String(until) }).toString();
  const { webSocket } = await monitorStub(env, spikeId).fetch(url, { headers: { upgrade: "websocket" } });
  if (!webSocket) throw new Refusal("overloaded", { ...explain("too_many_watch"), retryAfter: 10 });
  return webSocket;
}

function monitorStub(env: Env, spikeId: string): SpikeMonitorRpc & Fetcher {
  return env.SPIKE_MONITOR.get(env.SPIKE_MONITOR.idFromName(spikeId));
}
