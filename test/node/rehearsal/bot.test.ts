import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { type BotManner, hammer, type Lair } from "../../../bench/load/bot.ts";
import { Doors } from "../../../bench/load/doors.ts";
import { Notes } from "../../../bench/load/evidence.ts";
import { LoadClient } from "../../../bench/load/http-client.ts";
import { Measures } from "../../../bench/load/measures.ts";
import { randomStream } from "../../../bench/load/random.ts";
import type { Venue } from "../../../bench/load/venue.ts";

const OWN = "own-token";
const BORROWED = "token-of-another";
const MANNERS = { pay: 1, cancel: 0, breaks: 0, keen: 0, thinkMaxMs: 1, recordPatienceMs: 1 };
/** Requests before the sale starts. */
const EARLY = 3;
const REQUESTS_MAX = 50;

let server: Server;
afterEach(() => new Promise((closed) => server.close(closed)));

/** A shop that says "too early" a few times and then "sold out" to every purchase; what a bot asks of it. */
async function meet(manner: BotManner) {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const isEarly = asked.length <= EARLY;
    const isToken = request.url?.endsWith("/token") === true;
    const now = new Date();
    const [status, body] = isEarly
      ? [425, { code: "too_early", startsAt: now, serverTime: now, retryAfter: 1 }]
      : isToken
        ? [200, { token: OWN, expiresAt: now }]
        : [409, { code: "sold_out", retryAfter: 2 }];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((open) => server.listen(0, "127.0.0.1", open));
  const client = new LoadClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 1);
  const venue: Venue = {
    ...{ client, till: client, spikeId: "s", manners: MANNERS, asking: new Set<string>() },
    ...{ measures: new Measures(0, () => 0), notes: new Notes(), doors: new Doors() },
  };
  const person = { userId: "bot", accessToken: "t", address: "10.255.255.254" };
  const lair: Lair = { tokens: [{ token: BORROWED, ownerId: "another" }] };
  await hammer({ who: "bots", person, random: randomStream(1, "bot"), venue }, lair, manner);
  await client.close();
  const tokens = asked.flatMap((path) => /\/purchases\/([^/]+)$/.exec(path)?.[1] ?? []);
  return { asked, tokens: new Set(tokens), forged: venue.notes.forgedTokens };
}

it("a careful bot comes back when the sale starts and uses its own token only", async () => {
  const { asked, tokens, forged } = await meet("careful");
  expect(asked.slice(0, EARLY + 1).every((path) => path.endsWith("/token"))).toBe(true);
  expect([...tokens]).toEqual([OWN]);
  expect(forged).toBe(0);
  expect(asked).toHaveLength(EARLY + REQUESTS_MAX);
});

it("a reckless bot makes tokens up and borrows them, and what it asks before the start is on top", async () => {
  const { asked, tokens, forged } = await meet("reckless");
  expect(tokens).toContain(BORROWED);
  expect(tokens.size).toBeGreaterThan(3);
  expect(forged).toBeGreaterThan(0);
  expect(asked).toHaveLength(EARLY + REQUESTS_MAX);
});
