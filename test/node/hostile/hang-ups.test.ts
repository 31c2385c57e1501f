import { connect } from "node:net";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Person } from "../../../bench/load/people.ts";
import { Shop } from "./shop.ts";

/*
 * Clients that ask and are gone before the answer comes. The platform ends their requests at once, and nothing that
 * waits in them goes on, which only the real server shows.
 */

const PATIENCE = { timeout: 120_000, interval: 200 };
const BUYERS = 20;
const LEFT = 4;
const HANG_UPS = 1_000;
/** Some are gone before they are read, some while they wait for their call, some after it. */
const HANG_UP_WITHIN_MS = 200;

let shop: Shop;
let spikeId: string;
let tokens: string[];

beforeAll(async () => {
  shop = await Shop.open(1);
  spikeId = await shop.putUpSale({ stock: BUYERS + LEFT });
  tokens = await shop.tokensFor(spikeId);
  for (const [i, person] of shop.people.slice(0, BUYERS).entries()) {
    expect((await shop.buy(spikeId, tokens[i] as string, person)).status).toBe(202);
  }
}, 300_000);
afterAll(() => shop.close());

/** Asks for one more than the person may have, and tears the connection down. */
function hangUp(n: number): Promise<void> {
  const { accessToken } = shop.people[n % BUYERS] as Person;
  const { hostname, port } = new URL(shop.server.target.url);
  const lines = [
    `POST /api/spikes/${spikeId}/purchases/${tokens[n % BUYERS]} HTTP/1.1`,
    `Host: ${hostname}`,
    `Authorization: Bearer ${accessToken}`,
    `Idempotency-Key: gone-${n}`,
    "Content-Length: 0",
  ];
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
      // A mere end would be a client that still listens.
      setTimeout(() => socket.resetAndDestroy(), Math.random() * HANG_UP_WITHIN_MS);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
  });
}

interface Sample {
  labels: string;
  value: number;
}

async function samples(name: string): Promise<Sample[]> {
  const { body } = await shop.operate("GET", "metrics");
  return String(body)
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) && line.includes(`"${spikeId}"`))
    .map((line) => ({ labels: line, value: Number(line.slice(line.lastIndexOf(" "))) }));
}

const sum = (found: readonly Sample[]): number => found.reduce((total, { value }) => total + value, 0);

it("hold no place among the purchases under way, and are counted as what they came to", async () => {
  await shop.operate("PUT", "settings", { overloadFactor: 1_000 });
  await Promise.all(Array.from({ length: HANG_UPS }, (_, n) => hangUp(n)));
  await shop.operate("PUT", "settings", { overloadFactor: 1 });
  const others = shop.people.slice(BUYERS, BUYERS + LEFT);
  for (const [i, person] of others.entries()) {
    await vi.waitFor(async () => {
      const { status } = await shop.buy(spikeId, tokens[BUYERS + i] as string, person);
      expect(status).toBe(202);
    }, PATIENCE);
  }
  await vi.waitFor(async () => {
    const carried = sum(await samples("spike_carried_purchases_total"));
    const outcomes = await samples("spike_funnel_outcomes_total");
    const decided = outcomes.filter(
      ({ labels }) => labels.includes('"purchase"') && /outcome="(passed|refused)"/.test(labels),
    );
    expect(carried).toBeGreaterThan(BUYERS + LEFT);
    expect(sum(decided)).toBe(carried);
  }, PATIENCE);
}, 300_000);
