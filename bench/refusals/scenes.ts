import type { Person } from "../load/people.ts";
import { pause } from "../load/doors.ts";
import type { Shop } from "./shop.ts";

/** One answer, asked for again and again. */
export interface Scene {
  name: string;
  method: "GET" | "POST";
  path: string;
  /** Where the path holds a purchase token, which soon expires, or the scene needs strikes, which fade. */
  renew?: () => Promise<string>;
  /** One of them may hold NTH, which is another text in each request. */
  headers: Record<string, string>;
  /** What every answer's status must be. */
  status: number;
  /** What share of the answers may be others, 0 to 1; hardly any where absent. */
  othersMaxShare?: number;
  /** What it should reach of a bare Response's throughput, 0 to 1; absent where there is no such goal. */
  goal?: number;
  /** Settings of all sales that hold while it is measured; all filters are off otherwise. */
  settings?: Record<string, number>;
  /** Has no place in the order, because something else is asked in passing. */
  isAside?: true;
  /** Asks an object, so that what it costs is not in the isolate alone. */
  goesOn?: true;
}

/** Stands for what differs from request to request. */
export const NTH = "{number}";

const HOUR_MS = 3_600_000;
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

/** So often that hardly any answer is another, and waits are as few as those of real limits. */
const ONCE_A_MINUTE = {
  address: { addressRequestsPerWindow: 1, addressWindowSeconds: 60 },
  account: { accountRequestsPerWindow: 1, accountWindowSeconds: 60 },
};

/** `former` is a shopper whose access token has expired. */
export type People = Record<"winner" | "shopper" | "barred" | "suspect" | "outlaw" | "former", Person>;

export interface Scenes {
  /** Public reads. */
  reads: Scene[];
  /** In the order of a request's way: the door, the funnel, the gate, the ledger. */
  refusals: Scene[];
}

/** Brings sales and shoppers into every state in which they are refused. */
export async function makeScenes(shop: Shop, people: People): Promise<Scenes> {
  const now = Date.now();
  const times = { startsAt: now - 1_000, endsAt: now + HOUR_MS };
  const soldOut = await shop.putUp(times);
  const late = await shop.purchasePath(soldOut, people.shopper);
  await shop.buy(soldOut, people.winner);
  const read = (name: string, path: string): Scene => ({
    ...{ name, method: "GET", status: 200, path, headers: {}, goal: GOAL },
  });
  const withKey = { ...as(people.shopper), "idempotency-key": "new" };
  return {
    reads: [
      read("list", "/api/spikes"),
      read("sale", `/api/spikes/${soldOut}`),
      read("stock", `/api/spikes/${soldOut}/stock`),
    ],
    refusals: [
      ...(await closedScenes(shop, people, times)),
      post("sold_out, door", 409, late, as(people.shopper), { goal: GOAL }),
      post("sold_out with a key, door", 409, late, withKey, { goal: GOAL }),
      ...(await doorScenes(shop, people, times)),
      ...(await tokenScenes(shop, people, times)),
      ...(await barredScenes(shop, people, times)),
      ...(await challengeScenes(shop, people, times)),
      ...(await objectScenes(shop, people, times)),
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
    post("ended, door", 410, anyToken(ended), as(shopper)),
    post("paused, door", 503, anyToken(paused), as(shopper)),
  ];
}

/** What else is said before the funnel, or by its first filters. */
async function doorScenes(shop: Shop, { shopper, winner }: People, times: Times): Promise<Scene[]> {
  const early = await shop.putUp({ ...times, startsAt: Date.now() + HOUR_MS / 2 });
  const open = await shop.putUp(times, { stock: 1_000 });
  const crowded = await shop.putUp(times, { stock: 1_000 });
  await shop.limit(crowded, { fleetRequestsPerSecond: 1 });
  const lastUnit = await shop.putUp(times, { stock: 2 });
  const heldAll = await shop.buy(lastUnit, winner);
  await shop.limit(lastUnit, { overloadFactor: 1 });
  const crowd = { ...as(shopper), "cf-connecting-ip": CROWDED_ADDRESS };
  return [
    post("address limit, door", 429, tokenPath(open), crowd, { settings: ONCE_A_MINUTE.address }),
    post("too_early, door", 425, tokenPath(early), as(shopper), { goal: GOAL }),
    post("not_found", 404, tokenPath("nosuchsale00"), as(shopper)),
    post("fleet ceiling", 503, tokenPath(crowded), as(shopper)),
    post("overload, with those under way", 503, heldAll, as(winner), {
      renew: () => shop.purchasePath(lastUnit, winner),
      othersMaxShare: OVERLOAD_OTHERS_MAX_SHARE,
      isAside: true,
      goesOn: true,
    }),
  ];
}

/** Who is nobody, or comes too often, or with a token that is none. */
async function tokenScenes(shop: Shop, { shopper, former }: People, times: Times): Promise<Scene[]> {
  const open = await shop.putUp(times, { stock: 1_000 });
  const token = tokenPath(open);
  const cut = shopper.accessToken.slice(0, -NTH.length);
  const withToken = (accessToken: string) => as({ ...shopper, accessToken });
  return [
    post("unauthenticated", 401, token, { "cf-connecting-ip": USUAL_ADDRESS }),
    post("expired access token", 401, token, as(former)),
    post("forged access token", 401, token, withToken(cut.padEnd(shopper.accessToken.length, "A"))),
    post("forged access tokens, each another", 401, token, withToken(cut + NTH), { isAside: true }),
    post("account limit", 429, token, as(shopper), { settings: ONCE_A_MINUTE.account }),
    post("invalid_spike_token", 403, `/api/spikes/${open}/purchases/forged`, as(shopper)),
  ];
}

/** Who may not take part in a sale that sells. */
async function barredScenes(shop: Shop, { shopper, barred, outlaw }: People, times: Times): Promise<Scene[]> {
  const strict = await shop.putUp(times, { stock: 1_000 });
  await shop.limit(strict, { strikesBeforeBlacklist: 1, blacklistSeconds: 7_200 });
  await shop.misbehave(strict, outlaw);
  await pause(BAR_WRITTEN_MS);
  const open = await shop.putUp(times, { stock: 1_000 });
  await shop.bar(barred);
  const members = await shop.putUp(times, { accessRules: [{ kind: "min_tier", tier: 100 }] });
  return [
    post("barred by strikes", 403, tokenPath(strict), as(outlaw)),
    post("blacklisted", 403, tokenPath(open), as(barred)),
    post("not_eligible", 403, tokenPath(members), as(shopper)),
  ];
}

/** A page asks for the same purchase with its key again; who sends none is offered another challenge each time. */
async function challengeScenes(shop: Shop, { suspect }: People, times: Times): Promise<Scene[]> {
  const wary = await shop.putUp(times, { stock: 1_000 });
  await shop.limit(wary, { strikesBeforeChallenge: 1, challengeCost: 5_000 });
  const renew = async () => {
    await shop.misbehave(wary, suspect);
    return await shop.purchasePath(wary, suspect);
  };
  const path = await renew();
  return [
    post("challenge", 428, path, { ...as(suspect), "idempotency-key": "same" }, { renew }),
    post("challenge, each time another", 428, path, as(suspect), { renew, isAside: true }),
  ];
}

/** What is said behind the funnel. */
async function objectScenes(shop: Shop, { winner }: People, times: Times): Promise<Scene[]> {
  const open = await shop.putUp(times, { stock: 1_000 });
  const won = await shop.buy(open, winner);
  const renew = () => shop.purchasePath(open, winner);
  const beyond = { settings: ONCE_A_MINUTE.account };
  return [
    post("account allowance, gate", 429, won, as(winner), { renew, goesOn: true, ...beyond }),
    post("limit_reached, ledger", 409, won, as(winner), { renew, goesOn: true }),
  ];
}

const tokenPath = (spikeId: string): string => `/api/spikes/${spikeId}/token`;

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
