import { Admin, withoutFilters } from "../load/admin.ts";
import { pause } from "../load/doors.ts";
import { LoadClient } from "../load/http-client.ts";
import { startOwnServer } from "../load/own-server.ts";
import { mintPeople, type Person } from "../load/people.ts";
import { tokenAnswer } from "../load/wire.ts";

/** One refusal, asked for again and again. */
export interface Scene {
  name: string;
  path: string;
  headers: Record<string, string>;
  /** What every answer's status must be. */
  status: number;
  /** Settings that hold while it is measured; all filters are off otherwise. */
  settings?: Record<string, number>;
}

export interface Stage {
  url: string;
  /** In the order of the funnel. */
  scenes: Scene[];
  cpuSeconds(): number | null;
  /** Puts a scene's settings in force. */
  set(scene: Scene): Promise<void>;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const CONNECTIONS = 4;
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
      scenes: await makeScenes(admin, client, people as [Person, Person, Person]),
      cpuSeconds: () => server.target.usage?.()?.cpuSeconds ?? null,
      set: (scene) => admin.saveSettings({ ...unlimited, ...scene.settings }),
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
): Promise<Scene[]> {
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
  const ending = await admin.createSale({ ...TERMS, ...times, endsAt: Date.now() + 1_500 });
  const open = await admin.createSale({ ...TERMS, ...times, stock: 1_000 });
  const wonPath = await buy(open, winner);
  await admin.bar(barred.userId);
  const members = await admin.createSale({
    ...TERMS,
    ...times,
    accessRules: [{ kind: "min_tier", tier: 100 }],
  });
  await pause(1_600);

  const as = ({ accessToken }: Person) => ({ authorization: `Bearer ${accessToken}` });
  return [
    { name: "too_early, at the door", path: tokenPath(early), headers: as(shopper), status: 425 },
    {
      name: "sold_out, at the door",
      path: purchasePath(soldOut, lateToken),
      headers: as(shopper),
      status: 409,
    },
    {
      name: "rate_limited, address",
      path: tokenPath(open),
      headers: { ...as(shopper), "cf-connecting-ip": CROWDED_ADDRESS },
      status: 429,
      settings: { addressRequestsPerWindow: 1, addressWindowSeconds: 3_600 },
    },
    { name: "not_found", path: tokenPath("nosuchspike1"), headers: as(shopper), status: 404 },
    {
      name: "sold_out, with a new key",
      path: purchasePath(soldOut, lateToken),
      headers: { ...as(shopper), "idempotency-key": "new" },
      status: 409,
    },
    { name: "unauthenticated", path: tokenPath(open), headers: {}, status: 401 },
    { name: "ended", path: tokenPath(ending), headers: as(shopper), status: 410 },
    { name: "invalid_spike_token", path: purchasePath(open, "forged"), headers: as(shopper), status: 403 },
    { name: "blacklisted", path: tokenPath(open), headers: as(barred), status: 403 },
    { name: "not_eligible", path: tokenPath(members), headers: as(shopper), status: 403 },
    {
      name: "rate_limited, gate",
      path: wonPath,
      headers: as(winner),
      status: 429,
      settings: { accountRequestsPerWindow: 1, accountWindowSeconds: 3_600 },
    },
    { name: "limit_reached, ledger", path: wonPath, headers: as(winner), status: 409 },
  ];
}

const tokenPath = (spikeId: string) => `/api/spikes/${spikeId}/token`;
const purchasePath = (spikeId: string, token: string) => `/api/spikes/${spikeId}/purchases/${token}`;
