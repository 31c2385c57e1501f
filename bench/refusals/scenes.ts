import { Admin, withoutFilters } from "../load/admin.ts";
import { LoadClient } from "../load/http-client.ts";
import { startOwnServer } from "../load/own-server.ts";
import { mintPeople, type Person } from "../load/people.ts";
import { tokenAnswer } from "../load/wire.ts";

/** One answer, asked for again and again. */
export interface Scene {
  name: string;
  method: "GET" | "POST";
  path: string;
  /** Where the path holds a purchase token, which soon expires: the path with a fresh one. */
  renew?: () => Promise<string>;
  headers: Record<string, string>;
  /** What every answer's status must be. */
  status: number;
  /** What it should reach of a bare Response's throughput, 0 to 1; absent where there is no such goal. */
  goal?: number;
  /** Settings that hold while it is measured; all filters are off otherwise. */
  settings?: Record<string, number>;
}

export interface Stage {
  url: string;
  /** Public reads. */
  reads: Scene[];
  /** In the order of a request's way: the door, the funnel, the gate, the ledger. */
  refusals: Scene[];
  cpuSeconds(): number | null;
  /** Puts a scene's settings in force. */
  set(scene: Scene): Promise<void>;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const CONNECTIONS = 4;
/** Of a bare Response's throughput. */
const GOAL = 0.85;
/** An address that only the scene of the address limit comes from. */
const CROWDED_ADDRESS = "203.0.113.9";

const TERMS = { title: "Refusals", stock: 1, priceMinor: 100, maxPerUser: 1, holdSeconds: 3_600 };

/** Starts a server and brings sales and shoppers into every state in which they are refused. */
export async function setStage(): Promise<Stage> {
  const server = await startOwnServer();
  const client = new LoadClient(server.target.url, CONNECTIONS);
  const close = async () => {
    await client.close();
    await server.stop();
  };
  try {
    const admin = new Admin(client, server.target.admin);
    const unlimited = withoutFilters(await admin.settings());
    await admin.saveSettings(unlimited);
    const crowd = { count: 3, seed: 1, jwtKeys: server.secrets.JWT_KEYS, sendAddresses: false };
    const people = await mintPeople(crowd, Date.now(), () => undefined);
    return {
      url: server.target.url,
      ...(await makeScenes(admin, client, people as [Person, Person, Person])),
      cpuSeconds: () => server.target.usage?.()?.cpuSeconds ?? null,
      set: async (scene) => {
        await admin.saveSettings(unlimited);
        if (scene.renew) scene.path = await scene.renew();
        if (scene.settings) await admin.saveSettings({ ...unlimited, ...scene.settings });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeScenes(
  admin: Admin,
  client: LoadClient,
  [winner, shopper, barred]: [Person, Person, Person],
): Promise<Pick<Stage, "reads" | "refusals">> {
  const now = Date.now();
  const times = { startsAt: now - 1_000, endsAt: now + HOUR_MS };
  const tokenOf = async (spikeId: string, { accessToken }: Person) =>
    tokenAnswer.parse((await client.send({ method: "POST", path: tokenPath(spikeId), accessToken })).body)
      .token;
  const buy = async (spikeId: string, person: Person): Promise<string> => {
    const path = purchasePath(spikeId, await tokenOf(spikeId, person));
    await client.send({ method: "POST", path, accessToken: person.accessToken });
    return path;
  };

  const early = await admin.createSale({ ...TERMS, ...times, startsAt: now + HOUR_MS / 2 });
  const soldOut = await admin.createSale({ ...TERMS, ...times });
  const lateToken = await tokenOf(soldOut, shopper);
  await buy(soldOut, winner);
  const open = await admin.createSale({ ...TERMS, ...times, stock: 1_000 });
  const wonPath = await buy(open, winner);
  const renew = async () => purchasePath(open, await tokenOf(open, winner));
  await admin.bar(barred.userId);
  const members = await admin.createSale({
    ...TERMS,
    ...times,
    accessRules: [{ kind: "min_tier", tier: 100 }],
  });
  const as = ({ accessToken }: Person) => ({ authorization: `Bearer ${accessToken}` });
  const post = (
    name: string,
    status: number,
    path: string,
    headers: Record<string, string>,
    more = {},
  ): Scene => ({
    ...{ name, method: "POST", status, path, headers },
    ...more,
  });
  const read = (name: string, path: string): Scene => ({
    ...{ name, method: "GET", status: 200, path, headers: {}, goal: GOAL },
  });
  const withKey = { ...as(shopper), "idempotency-key": "new" };
  const crowded = { ...as(shopper), "cf-connecting-ip": CROWDED_ADDRESS };
  return {
    reads: [
      read("list", "/api/spikes"),
      read("sale", `/api/spikes/${soldOut}`),
      read("stock", `/api/spikes/${soldOut}/stock`),
    ],
    refusals: [
      post("sold_out, door", 409, purchasePath(soldOut, lateToken), as(shopper), { goal: GOAL }),
      post("sold_out with a key, door", 409, purchasePath(soldOut, lateToken), withKey, { goal: GOAL }),
      post("too_early, door", 425, tokenPath(early), as(shopper), { goal: GOAL }),
      post("address limit, door", 429, tokenPath(open), crowded, {
        settings: { addressRequestsPerWindow: 1, addressWindowSeconds: 3_600 },
      }),
      post("unauthenticated", 401, tokenPath(open), {}),
      post("account limit", 429, tokenPath(open), as(shopper), {
        settings: { accountRequestsPerWindow: 1, accountWindowSeconds: 3_600 },
      }),
      post("invalid_spike_token", 403, purchasePath(open, "forged"), as(shopper)),
      post("blacklisted", 403, tokenPath(open), as(barred)),
      post("not_eligible", 403, tokenPath(members), as(shopper)),
      post("interval and allowance, gate", 429, wonPath, as(winner), {
        renew,
        settings: { accountRequestsPerWindow: 1, accountWindowSeconds: 3_600 },
      }),
      post("limit_reached, ledger", 409, wonPath, as(winner), { renew }),
    ],
  };
}

const tokenPath = (spikeId: string) => `/api/spikes/${spikeId}/token`;
const purchasePath = (spikeId: string, token: string) => `/api/spikes/${spikeId}/purchases/${token}`;
