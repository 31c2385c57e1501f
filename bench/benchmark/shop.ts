import { openSale } from "../gather/gather.ts";
import { Admin, withoutFilters } from "../load/admin.ts";
import { pause } from "../load/doors.ts";
import { LoadClient } from "../load/http-client.ts";
import { type OwnServerExtras, startOwnServer } from "../load/own-server.ts";
import { mintPeople, type Person } from "../load/people.ts";
import { tokenAnswer } from "../load/wire.ts";
import { readFullCollections } from "../load/collections.ts";
import { ShopDatabase } from "./shop-database.ts";
import { fire, requestBytes, type VolleyResult } from "../load/volley.ts";

/** Our shop on a server of its own with every filter off but latch, tokens and ledger, and a crowd for it. */
export interface Shop {
  /**
   * One round: a sale in which every request is a distinct winner. Purchase tokens are fetched beforehand, and
   * RUN_IN others have bought and are recorded: its objects are awake, as cron wakes them before a start.
   */
  prepare: (purchases: number) => Promise<PreparedSale>;
  cpuSeconds: () => number;
  /** Of the server, in MB. */
  memory: () => number;
  /** How many gates the sales from now on have. */
  setGates: (gates: number) => Promise<void>;
  /** Milliseconds of each full garbage collection so far, when the shop was asked to trace them. */
  fullCollections: () => Promise<number[]>;
  /** Puts so many more sales into the catalogue, which are over or still to come. */
  addSales: (count: number) => void;
  stop: () => Promise<void>;
}

export interface PreparedSale {
  buy: (load: { connections: number; perSecond?: number; durationMs?: number }) => Promise<VolleyResult>;
  /** Orders in the database, without those of the run-in. */
  recorded: () => Promise<number>;
}

const SEED = 1;
/** The entry of a Worker whose orders go nowhere. */
const UNRECORDED_WORKER = "bench/benchmark/unrecorded/worker.ts";
/** So many that each of 32 gates gets one as good as always. */
const RUN_IN = 256;
const RUN_IN_PATIENCE_MS = 30_000;
const RECORDED_PAUSE_MS = 20;
const CONNECTIONS = 256;
const BYTES_PER_MB = 1024 ** 2;

/** @param extras `recordsNothing`: orders leave their ledger, which hears that they are recorded, and go nowhere. */
export async function startShop(
  crowd: number,
  extras: Pick<OwnServerExtras, "tracesCollections"> & { recordsNothing?: boolean } = {},
): Promise<Shop> {
  const { recordsNothing, ...others } = extras;
  const server = await startOwnServer({}, { ...others, ...(recordsNothing && { main: UNRECORDED_WORKER }) });
  const client = new LoadClient(server.target.url, 2);
  const database = new ShopDatabase(server.stateDir);
  const stop = async () => {
    database.close();
    await client.close();
    await server.stop();
  };
  try {
    const admin = new Admin(client, server.target.admin);
    await admin.saveSettings(withoutFilters(await admin.settings()));
    // The ledger says it where no database does; otherwise its answers would be work of the server's.
    const recorded = async (spikeId: string) =>
      recordsNothing ? await recordedBy(admin, spikeId) : database.recorded(spikeId);
    const jwtKeys = server.secrets.JWT_KEYS;
    const people = await mintPeople(
      { count: crowd + RUN_IN, seed: SEED, jwtKeys, sendAddresses: false },
      Date.now(),
      () => {},
    );
    return {
      prepare: (purchases) =>
        prepareSale(server.target.url, admin, people.slice(0, purchases + RUN_IN), recorded),
      cpuSeconds: () => server.target.usage()?.cpuSeconds ?? Number.NaN,
      memory: () => (server.target.usage()?.rssBytes ?? Number.NaN) / BYTES_PER_MB,
      setGates: async (gates) => {
        await admin.saveSettings({ ...withoutFilters(await admin.settings()), gatesPerSpike: gates });
      },
      fullCollections: () => readFullCollections(server.logFile),
      addSales: (count) => database.addSales(count),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function recordedBy(admin: Admin, spikeId: string): Promise<number> {
  const { held } = await admin.ledger(spikeId);
  return held - (await admin.unrecorded(spikeId));
}

async function prepareSale(
  url: string,
  admin: Admin,
  people: Person[],
  recorded: (spikeId: string) => Promise<number>,
): Promise<PreparedSale> {
  const spikeId = await openSale(admin, people.length);
  const tokens = await fetchTokens(url, spikeId, people);
  // As the sale's page sends it: no body asks for one unit.
  const purchases = people.map((person, index) =>
    requestBytes("POST", `/api/spikes/${spikeId}/purchases/${encodeURIComponent(tokens[index] ?? "")}`, {
      ...{ authorization: `Bearer ${person.accessToken}`, "idempotency-key": person.userId },
    }),
  );
  const runIn = purchases.splice(0, RUN_IN);
  await fire({ url, connections: CONNECTIONS, next: () => runIn.pop() });
  const patienceEndsAt = performance.now() + RUN_IN_PATIENCE_MS;
  while ((await recorded(spikeId)) < RUN_IN) {
    if (performance.now() > patienceEndsAt)
      throw new Error("the first purchases of a sale were not recorded");
    await pause(RECORDED_PAUSE_MS);
  }
  return {
    buy: ({ connections, perSecond, durationMs }) => {
      let sent = 0;
      return fire({ url, connections, perSecond, durationMs, next: () => purchases[sent++] });
    },
    recorded: async () => (await recorded(spikeId)) - RUN_IN,
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
