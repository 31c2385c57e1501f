import { Admin, withoutFilters } from "../load/admin.ts";
import { pause } from "../load/doors.ts";
import { LoadClient } from "../load/http-client.ts";
import { startOwnServer } from "../load/own-server.ts";
import { mintPeople } from "../load/people.ts";
import type { Place } from "./measure.ts";
import { makeScenes, type People, type Scene, type Scenes } from "./scenes.ts";
import { Shop } from "./shop.ts";

export interface Stage extends Scenes {
  place: Place;
  /** Puts the settings in force that a scene needs. */
  set(scene: Scene): Promise<void>;
  /** Gives scenes anew what expires, where that is due. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

const CONNECTIONS = 4;
const HOUR_MS = 3_600_000;
/** Older than any access token lives. */
const FORMERLY_MS = 24 * HOUR_MS;
/** A purchase token is good for two minutes, and half of all strikes are forgotten in one. */
const RENEW_AFTER_MS = 40_000;
/** What new settings set off is done by then, in milliseconds, and not measured with a refusal. */
const SETTLE_MS = 30;

/**
 * Starts a server and brings sales and shoppers into every state in which they are refused.
 * @param main the entry of another Worker with the same bindings.
 */
export async function setStage(main?: string): Promise<Stage> {
  const server = await startOwnServer({}, { ...(main && { main }) });
  const client = new LoadClient(server.target.url, CONNECTIONS);
  const close = async () => {
    await client.close();
    await server.stop();
  };
  try {
    const admin = new Admin(client, server.target.admin);
    const unlimited = withoutFilters(await admin.settings());
    await admin.saveSettings(unlimited);
    const scenes = await makeScenes(new Shop(client, admin), await peopleOf(server.secrets.JWT_KEYS));
    return {
      ...scenes,
      place: { url: server.target.url, pid: server.pid() },
      set: settingsOf(admin, unlimited),
      renew: renewalOf(scenes),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function peopleOf(jwtKeys: string): Promise<People> {
  const crowd = (seed: number, count: number) => ({ count, seed, jwtKeys, sendAddresses: false });
  const mint = (seed: number, count: number, at: number) =>
    mintPeople(crowd(seed, count), at, () => undefined);
  const [winner, shopper, barred, suspect, outlaw] = await mint(1, 5, Date.now());
  const [former] = await mint(2, 1, Date.now() - FORMERLY_MS);
  return { winner, shopper, barred, suspect, outlaw, former } as People;
}

/** Settings are saved only where they are others than before: that costs a server more than many answers. */
function settingsOf(admin: Admin, unlimited: Record<string, unknown>): Stage["set"] {
  let inForce: Scene["settings"];
  return async ({ settings }) => {
    if (settings === inForce) return;
    await admin.saveSettings({ ...unlimited, ...settings });
    inForce = settings;
    await pause(SETTLE_MS);
  };
}

function renewalOf({ refusals }: Scenes): Stage["renew"] {
  let renewedAt = -Infinity;
  return async () => {
    if (performance.now() - renewedAt < RENEW_AFTER_MS) return;
    renewedAt = performance.now();
    for (const scene of refusals) if (scene.renew) scene.path = await scene.renew();
  };
}
