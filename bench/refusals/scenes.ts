import { pause } from "../load/doors.ts";
import { Admin, withoutFilters } from "../load/admin.ts";
import { LoadClient } from "../load/http-client.ts";
import { startOwnServer } from "../load/own-server.ts";
import { mintPeople, type Person } from "../load/people.ts";
import { Shop } from "./shop.ts";

/** One answer, asked for again and again. */
export interface Scene {
  name: string;
  method: "GET" | "POST";
  path: string;
  /** Where the path holds a purchase token, which soon expires, or the scene needs strikes, which fade. */
  renew?: () => Promise<string>;
  headers: Record<string, string>;
  /** Asked once and left alone for so long before it is measured: what the first refusal sets off is not the others' cost. */
  settleMs?: number;
  /** What every answer's status must be. */
  status: number;
  /** What share of the answers may be others, 0 to 1; hardly any where absent. */
  othersMaxShare?: number;
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
/** Where all the others come from: their requests have the same headers. */
const USUAL_ADDRESS = "203.0.113.8";
/** Within this long an isolate has told the gate of strikes, and the gate has written a bar, in milliseconds. */
const BAR_WRITTEN_MS = 2_500;
/** Long enough to be put up, short enough to be waited for, in milliseconds. */
const SHORT_SALE_MS = 2_000;
/** Those purchases that have the one place, and hear something else. */
const OVERLOAD_OTHERS_MAX_SHARE = 0.2;

const ONCE_AN_HOUR = {
  address: { addressRequestsPerWindow: 1, addressWindowSeconds: 3_600 },
  account: { accountRequestsPerWindow: 1, accountWindowSeconds: 3_600 },
};

type People = Record<"winner" | "shopper" | "barred" | "suspect" | "outlaw", Person>;

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
    const crowd = { count: 5, seed: 1, jwtKeys: server.secrets.JWT_KEYS, sendAddresses: false };
    const minted = await mintPeople(crowd, Date.now(), () => undefined);
    const [winner, shopper, barred, suspect, outlaw] = minted as [Person, Person, Person, Person, Person];
    const shop = new Shop(client, admin);
    return {
      url: server.target.url,
      ...(await makeScenes(shop, { winner, shopper, barred, suspect, outlaw })),
      cpuSeconds: () => server.target.usage?.()?.cpuSeconds ?? null,
      set: async (scene) => {
        await admin.saveSettings(unlimited);
        if (scene.renew) scene.path = await scene.renew();
        if (scene.settings) await admin.saveSettings({ ...unlimited, ...scene.settings });
        if (scene.settleMs === undefined) return;
        await fetch(server.target.url + scene.path, { method: scene.method, headers: scene.headers });
        await pause(scene.settleMs);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeScenes(shop: Shop, people: People): Promise<Pick<Stage, "reads" | "refusals">> {
  const now = Date.now();
  const times = { startsAt: now - 1_000, endsAt: now + HOUR_MS };
  const soldOut = await shop.putUp(times);
  const late = await shop.purchasePath(soldOut, people.shopper);
  await shop.buy(soldOut, people.winner);
  const read = (name: string, path: string): Scene => ({
    ...{ name, method: "GET", status: 200, path, headers: {}, goal: GOAL },
  });
  return {
    reads: [
      read("list", "/api/spikes"),
      read("sale", `/api/spikes/${soldOut}`),
      read("stock", `/api/spikes/${soldOut}/stock`),
    ],
    refusals: [
      ...(await closedScenes(shop, people, times)),
      post("sold_out, door", 409, late, as(people.shopper), { goal: GOAL }),
      post(
        "sold_out with a key, door",
        409,
        late,
        { ...as(people.shopper), "idempotency-key": "new" },
        { goal: GOAL },
      ),
      ...(await openScenes(shop, people, times)),
    ],
  };
}

type Times = { startsAt: number; endsAt: number };

/** Sales that are paused or over. */
async function closedScenes(shop: Shop, { shopper }: People, times: Times): Promise<Scene[]> {
  const paused = await shop.putUp(times);
  await shop.pause(paused);
  const endsAt = Date.now() + SHORT_SALE_MS;
  const ended = await shop.putUp({ ...times, endsAt });
  await pause(Math.max(0, endsAt - Date.now()));
  const anyToken = (spikeId: string) => `/api/spikes/${spikeId}/purchases/any`;
  return [
    post("paused, door", 503, anyToken(paused), as(shopper)),
    post("ended, door", 410, anyToken(ended), as(shopper)),
  ];
}

/** The filters before and behind a sale that sells. */
async function openScenes(shop: Shop, people: People, times: Times): Promise<Scene[]> {
  const { winner, shopper, barred, suspect, outlaw } = people;
  const early = await shop.putUp({ ...times, startsAt: Date.now() + HOUR_MS / 2 });
  const open = await shop.putUp(times, { stock: 1_000 });
  const won = await shop.buy(open, winner);
  const lastUnit = await shop.putUp(times, { stock: 2 });
  const heldAll = await shop.buy(lastUnit, winner);
  await shop.bar(barred);
  const members = await shop.putUp(times, { accessRules: [{ kind: "min_tier", tier: 100 }] });
  const token = (spikeId: string) => `/api/spikes/${spikeId}/token`;
  const renew = () => shop.purchasePath(open, winner);
  return [
    post("too_early, door", 425, token(early), as(shopper), { goal: GOAL }),
    post(
      "address limit, door",
      429,
      token(open),
      { ...as(shopper), "cf-connecting-ip": CROWDED_ADDRESS },
      {
        settings: ONCE_AN_HOUR.address,
      },
    ),
    post("not_found", 404, token("nosuchsale00"), as(shopper)),
    post("fleet ceiling", 503, token(open), as(shopper), { settings: { fleetRequestsPerSecond: 1 } }),
    post("overload, with those under way", 503, heldAll, as(winner), {
      renew: () => shop.purchasePath(lastUnit, winner),
      settings: { overloadFactor: 1 },
      othersMaxShare: OVERLOAD_OTHERS_MAX_SHARE,
    }),
    post("unauthenticated", 401, token(open), { "cf-connecting-ip": USUAL_ADDRESS }),
    post("account limit", 429, token(open), as(shopper), { settings: ONCE_AN_HOUR.account }),
    post("invalid_spike_token", 403, `/api/spikes/${open}/purchases/forged`, as(shopper)),
    post("barred by strikes", 403, token(open), as(outlaw), {
      renew: async () => {
        await shop.misbehave(open, outlaw);
        return token(open);
      },
      settings: { strikesBeforeBlacklist: 1, blacklistSeconds: 600 },
      settleMs: BAR_WRITTEN_MS,
    }),
    post("blacklisted", 403, token(open), as(barred)),
    post("not_eligible", 403, token(members), as(shopper)),
    post("challenge", 428, won, as(suspect), {
      renew: async () => {
        await shop.misbehave(open, suspect);
        return shop.purchasePath(open, suspect);
      },
      settings: { strikesBeforeChallenge: 1, challengeCost: 5_000 },
    }),
    post("interval and allowance, gate", 429, won, as(winner), { renew, settings: ONCE_AN_HOUR.account }),
    post("limit_reached, ledger", 409, won, as(winner), { renew }),
  ];
}

const as = ({ accessToken }: Person) => ({
  authorization: `Bearer ${accessToken}`,
  "cf-connecting-ip": USUAL_ADDRESS,
});

function post(
  name: string,
  status: number,
  path: string,
  headers: Record<string, string>,
  more: Partial<Scene> = {},
): Scene {
  return { name, method: "POST", status, path, headers, ...more };
}
