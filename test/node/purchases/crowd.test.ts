import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Admin } from "../../../bench/load/admin.ts";
import { type Answer, BrokenConnection, LoadClient } from "../../../bench/load/http-client.ts";
import { type OwnServer, startOwnServer } from "../../../bench/load/own-server.ts";
import { mintPeople, type Person } from "../../../bench/load/people.ts";

/*
 * Purchases that meet in one isolate share a call, which the Workers test pool cannot show: it
 * switches off what lets one request settle another's promise. So a crowd is tested on the real server.
 */

const CONNECTIONS = 100;
const CROWD = 60;
const HOUR_MS = 3_600_000;

let server: OwnServer;
let client: LoadClient;
let admin: Admin;
let people: Person[];

beforeAll(async () => {
  server = await startOwnServer();
  client = new LoadClient(server.target.url, CONNECTIONS);
  admin = new Admin(client, server.target.admin);
  const crowd = { count: CROWD, seed: 1, jwtKeys: server.secrets.JWT_KEYS, sendAddresses: true };
  people = await mintPeople(crowd, Date.now(), () => undefined);
}, 300_000);

afterAll(async () => {
  await client.close();
  await server.stop();
});

const putUpSale = (stock: number, maxPerUser = 1) =>
  admin.createSale({
    title: "Crowd",
    stock,
    priceMinor: 100,
    maxPerUser,
    holdSeconds: 600,
    startsAt: Date.now() - 1_000,
    endsAt: Date.now() + HOUR_MS,
  });

async function tokenFor(spikeId: string, { accessToken, address }: Person): Promise<string> {
  const answer = await client.send({
    method: "POST",
    path: `/api/spikes/${spikeId}/token`,
    accessToken,
    address,
  });
  if (answer.status !== 200) throw new Error(`the token answered ${answer.status}`);
  return (answer.body as { token: string }).token;
}

interface Purchase {
  spikeId: string;
  token: string;
  person: Person;
  key: string;
  breakAfterMs?: number;
}

const purchase = ({ spikeId, token, person, key, breakAfterMs }: Purchase): Promise<Answer> =>
  client.send({
    method: "POST",
    path: `/api/spikes/${spikeId}/purchases/${token}`,
    accessToken: person.accessToken,
    address: person.address,
    idempotencyKey: key,
    breakAfterMs,
  });

/** Tries again, with the same key, whatever may come out differently next time. */
async function insist(attempt: Purchase): Promise<Answer> {
  for (;;) {
    try {
      const answer = await purchase(attempt);
      if (answer.status !== 503 && answer.status !== 429) return answer;
    } catch (error) {
      if (!(error instanceof BrokenConnection)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const orderIdOf = ({ body }: Answer) => (body as { orderId: string }).orderId;
const tokensFor = (spikeId: string) => Promise.all(people.map((person) => tokenFor(spikeId, person)));

describe("a crowd", () => {
  it.each([1, 7, CROWD - 1])(
    "gets exactly the stock of %i, each winner an order of their own",
    async (stock) => {
      const spikeId = await putUpSale(stock);
      const tokens = await tokensFor(spikeId);
      const answers = await Promise.all(
        people.map((person, i) => insist({ spikeId, token: tokens[i] as string, person, key: `k${i}` })),
      );
      const won = answers.filter(({ status }) => status === 202);
      expect(new Set(won.map(orderIdOf)).size).toBe(stock);
      expect(answers.filter(({ status }) => status === 409).length).toBe(CROWD - stock);
      expect(await admin.ledger(spikeId)).toMatchObject({ total: stock, available: 0, held: stock, sold: 0 });
    },
  );

  it("of one shopper with one key gets one order", async () => {
    const spikeId = await putUpSale(50, 50);
    const [person] = people as [Person];
    const token = await tokenFor(spikeId, person);
    const answers = await Promise.all(
      Array.from({ length: CROWD }, () => insist({ spikeId, token, person, key: "same" })),
    );
    expect(new Set(answers.map(orderIdOf)).size).toBe(1);
    expect(await admin.ledger(spikeId)).toMatchObject({ held: 1, available: 49 });
  });

  it("loses nothing when half of it hangs up in mid-purchase, leaders included, and asks again", async () => {
    const spikeId = await putUpSale(CROWD);
    const tokens = await tokensFor(spikeId);
    const attempts = people.map((person, i) => ({
      spikeId,
      token: tokens[i] as string,
      person,
      key: `k${i}`,
    }));
    await Promise.allSettled(
      attempts.map((attempt, i) => purchase(i % 2 === 0 ? { ...attempt, breakAfterMs: i % 8 } : attempt)),
    );
    const answers = await Promise.all(attempts.map(insist));
    expect(answers.map(({ status }) => status)).toEqual(attempts.map(() => 202));
    expect(new Set(answers.map(orderIdOf)).size).toBe(CROWD);
    expect(await admin.ledger(spikeId)).toMatchObject({ available: 0, held: CROWD });
  });

  it("keeps what it was promised when the server dies in mid-purchase", async () => {
    const spikeId = await putUpSale(CROWD);
    const tokens = await tokensFor(spikeId);
    const attempts = people.map((person, i) => ({
      spikeId,
      token: tokens[i] as string,
      person,
      key: `k${i}`,
    }));
    const promised = new Map<number, string>();
    const firstTries = attempts.map(async (attempt, i) => {
      const answer = await purchase(attempt).catch(() => undefined);
      if (answer?.status === 202) promised.set(i, orderIdOf(answer));
    });
    await server.crashAndRestart();
    await Promise.all(firstTries);
    const answers = await Promise.all(attempts.map(insist));
    expect(new Set(answers.map(orderIdOf)).size).toBe(CROWD);
    for (const [i, orderId] of promised) expect(orderIdOf(answers[i] as Answer)).toBe(orderId);
    expect(await admin.ledger(spikeId)).toMatchObject({ available: 0, held: CROWD });
  }, 300_000);
});
