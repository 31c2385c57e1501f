import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { Admin } from "../../../bench/load/admin.ts";
import { LoadClient } from "../../../bench/load/http-client.ts";
import { type OwnServer, startOwnServer } from "../../../bench/load/own-server.ts";
import { LOAD_PATIENCE_MS } from "../../../workers/shared/fresh-cache.ts";

/*
 * Thousands ask for the same sale while what an isolate remembers of it expires again and again. The
 * Workers test pool cannot show this: it keeps requests from waiting for each other's loads.
 */

const CONNECTIONS = 100;
const CROWD = 500;
/** Long enough for every cache in question to expire a few times. */
const SIEGE_MS = 8_000;
/** The shortest time for which an isolate keeps what it has loaded: its lifetime less the jitter. */
const SHORTEST_LIFE_MS = { spike: 2_100, spike_list: 3_500, stock: 1_000 };
/** Loads of one isolate in one life of a key. */
const LOADS_PER_LIFE = 2;

const loadsSchema = z.partialRecord(z.enum(["spike", "spike_list", "stock", "resting_stock"]), z.int());

let server: OwnServer;
let client: LoadClient;
let adminToken: string;

beforeAll(async () => {
  server = await startOwnServer({}, { databaseDoor: true });
  client = new LoadClient(server.target.url, CONNECTIONS);
  const session = await client.send({ method: "POST", path: "/api/sessions", body: server.target.admin });
  adminToken = z.object({ accessToken: z.string() }).parse(session.body).accessToken;
}, 300_000);

afterAll(async () => {
  await client.close();
  await server.stop();
});

async function loads() {
  const answer = await client.send({ method: "GET", path: "/api/admin/loads", accessToken: adminToken });
  return loadsSchema.parse(answer.body);
}

/** The database answers so many milliseconds later than it could. */
const slowDown = (ms: number) => fetch(`${server.databaseDoorUrl}/stick?ms=${ms}`, { method: "PUT" });

it.each([
  ["as ever", 0],
  ["slower than anybody is patient", LOAD_PATIENCE_MS + 1_000],
])(
  "thousands cause a handful of reads while what they ask for expires, the database %s",
  async (_how, ms) => {
    const admin = new Admin(client, server.target.admin);
    const now = Date.now();
    const id = await admin.createSale({
      ...{ title: "Hot", stock: 5, priceMinor: 100, maxPerUser: 1, holdSeconds: 600 },
      ...{ startsAt: now - 1_000, endsAt: now + 3_600_000 },
    });
    const paths = ["/api/spikes", `/api/spikes/${id}`, `/api/spikes/${id}/stock`];
    const before = await loads();
    await slowDown(ms);
    const startedAt = performance.now();
    let answered = 0;
    while (performance.now() - startedAt < SIEGE_MS || answered < 2 * CROWD) {
      const crowd = Array.from({ length: CROWD }, (_, n) =>
        client.send({ method: "GET", path: paths[n % paths.length] as string }),
      );
      for (const { status } of await Promise.all(crowd)) {
        expect(status).toBe(200);
        answered += 1;
      }
    }
    const elapsedMs = performance.now() - startedAt;
    await slowDown(0);
    const after = await loads();
    for (const [thing, lifeMs] of Object.entries(SHORTEST_LIFE_MS)) {
      const caused = (after[thing as keyof typeof after] ?? 0) - (before[thing as keyof typeof before] ?? 0);
      expect(caused, `${thing} was loaded`).toBeGreaterThan(0);
      // One more each time that those who wait lose patience.
      const lives = Math.floor(elapsedMs / lifeMs) + 1;
      const impatient = Math.floor(elapsedMs / LOAD_PATIENCE_MS);
      expect(caused, `${thing} for ${answered} requests`).toBeLessThanOrEqual(
        LOADS_PER_LIFE * lives + impatient,
      );
    }
    console.log(JSON.stringify({ answered, elapsedMs: Math.round(elapsedMs), before, after }));
  },
  300_000,
);
