import { openSale } from "../gather/gather.ts";
import { Admin, withoutFilters } from "../load/admin.ts";
import { LoadClient } from "../load/http-client.ts";
import { type OwnServer, startOwnServer } from "../load/own-server.ts";
import { mintPeople, type Person } from "../load/people.ts";
import { tokenAnswer } from "../load/wire.ts";
import { fire, requestBytes, type VolleyResult } from "../load/volley.ts";

/** Our shop on a server of its own with every filter off but latch, tokens and ledger, and a crowd for it. */
export interface Shop {
  /** One round: a sale in which every request is a distinct winner. Purchase tokens are fetched beforehand. */
  prepare: (purchases: number) => Promise<PreparedSale>;
  cpuSeconds: () => number;
  stop: () => Promise<void>;
}

export interface PreparedSale {
  buy: (load: { connections: number; perSecond?: number; durationMs?: number }) => Promise<VolleyResult>;
  /** Orders in the database. */
  recorded: () => Promise<number>;
}

const SEED = 1;
const CONNECTIONS = 256;

export async function startShop(crowd: number): Promise<Shop> {
  const server = await startOwnServer();
  const client = new LoadClient(server.target.url, 2);
  const stop = async () => {
    await client.close();
    await server.stop();
  };
  try {
    const admin = new Admin(client, server.target.admin);
    await admin.saveSettings(withoutFilters(await admin.settings()));
    const jwtKeys = server.secrets.JWT_KEYS;
    const people = await mintPeople(
      { count: crowd, seed: SEED, jwtKeys, sendAddresses: false },
      Date.now(),
      () => {},
    );
    return {
      prepare: (purchases) => prepareSale(server, admin, people.slice(0, purchases)),
      cpuSeconds: () => server.target.usage()?.cpuSeconds ?? Number.NaN,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function prepareSale(server: OwnServer, admin: Admin, people: Person[]): Promise<PreparedSale> {
  const { url } = server.target;
  const spikeId = await openSale(admin, people.length);
  const tokens = await fetchTokens(url, spikeId, people);
  // As the sale's page sends it: no body asks for one unit.
  const purchases = people.map((person, index) =>
    requestBytes("POST", `/api/spikes/${spikeId}/purchases/${encodeURIComponent(tokens[index] ?? "")}`, {
      ...{ authorization: `Bearer ${person.accessToken}`, "idempotency-key": person.userId },
    }),
  );
  return {
    buy: ({ connections, perSecond, durationMs }) => {
      let sent = 0;
      return fire({ url, connections, perSecond, durationMs, next: () => purchases[sent++] });
    },
    recorded: () => countRecorded(admin, spikeId),
  };
}

async function fetchTokens(url: string, spikeId: string, people: Person[]): Promise<string[]> {
  const tokens: string[] = [];
  let asked = 0;
  await fire({
    url,
    connections: CONNECTIONS,
    next: () => {
      const person = people[asked++];
      return (
        person &&
        requestBytes("POST", `/api/spikes/${spikeId}/token`, {
          authorization: `Bearer ${person.accessToken}`,
        })
      );
    },
    onAnswer: (index, _status, body) => {
      tokens[index] = tokenAnswer.parse(JSON.parse(body())).token;
    },
  });
  return tokens;
}

async function countRecorded(admin: Admin, spikeId: string): Promise<number> {
  const { orders } = await admin.ledger(spikeId);
  return orders.reserved - (await admin.unrecorded(spikeId));
}
