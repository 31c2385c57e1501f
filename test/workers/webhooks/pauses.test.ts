import { describe, expect, it, vi } from "vitest";
import { ASKED_PAUSE_MAX_MS } from "../../../durable-objects/webhook-sender/asked-pause.ts";
import { sendRound } from "../../../durable-objects/webhook-sender/round.ts";
import { ENDPOINT_PAUSE_MIN_MS, retryDelayMs } from "../../../durable-objects/webhook-sender/schedule.ts";
import { sampleOrder } from "../order/samples.ts";
import { openEndpoint, shopServer } from "./endpoint.ts";
import { passSeconds, record, rowsOf, standAlone, storeOf } from "./rounds.ts";

const ok = () => new Response(null, { status: 204 });
standAlone();

describe("an endpoint that asks for a pause", () => {
  const busy = (status: number, retryAfter?: string) => () =>
    new Response(null, { status, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } });

  it.each([
    ["in seconds", 429, "120", 120_000],
    ["while it is unavailable", 503, "120", 120_000],
    ["by a date", 429, "in two minutes", 120_000],
    ["without saying how long", 429, undefined, ENDPOINT_PAUSE_MIN_MS],
    ["in words", 429, "a while", ENDPOINT_PAUSE_MIN_MS],
    ["for a year", 503, "31536000", ASKED_PAUSE_MAX_MS],
    ["of no length", 503, "0", 0],
    ["though it is only broken", 500, "120", 0],
  ])("%s gets it", async (_, status, said, expected) => {
    const { id } = await openEndpoint();
    vi.setSystemTime(Math.ceil(Date.now() / 1_000) * 1_000);
    const date = new Date(Date.now() + 120_000).toUTCString();
    const shop = shopServer(busy(status, said === "in two minutes" ? date : said));
    await record(sampleOrder(1));
    const { askedPauseMs } = await sendRound(storeOf(id), shop.outside);
    expect(askedPauseMs).toBe(expected);
    const dueIn = ((await storeOf(id).nextDueAt()) ?? 0) - Date.now();
    expect(dueIn).toBe(Math.max(expected, retryDelayMs(1, 0) ?? 0));
  });

  it("is sent no more in this round, and the rest has lost no attempt", async () => {
    const { id } = await openEndpoint();
    const shop = shopServer(() => (shop.received.length > 10 ? busy(429, "60")() : ok()));
    await record(...Array.from({ length: 40 }, (_, n) => sampleOrder(n + 1)));
    const result = await sendRound(storeOf(id), shop.outside);
    expect(result).toEqual({ end: "progress", askedPauseMs: 60_000 });
    expect(shop.received.length).toBeLessThan(20);
    const untouched = (await rowsOf(id)).filter(({ attempts }) => attempts === 0);
    expect(untouched).toHaveLength(40 - shop.received.length);
  });
});

it("is told nothing by what an endpoint was half a minute ago: a round ends in time", async () => {
  const { id } = await openEndpoint();
  const shop = shopServer(() => {
    passSeconds(2);
    return ok();
  });
  await record(...Array.from({ length: 40 }, (_, n) => sampleOrder(n + 1)));
  await sendRound(storeOf(id), shop.outside);
  expect(shop.received.length).toBeLessThan(20);
  expect(await storeOf(id).nextDueAt()).toBeLessThan(Date.now());
});
