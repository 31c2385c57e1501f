import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { and, eq } from "drizzle-orm";
import { beforeAll, expect, it } from "vitest";
import { audit } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import { STOCK_MAX, WAVES_PER_SPIKE_MAX } from "../../../workers/shared/limits.ts";
import { rememberStock } from "../../../workers/spike/stock.ts";
import { call, request } from "../support/http.ts";
import { buy } from "../support/purchases.ts";
import { createSpike, inMinutes } from "../support/spikes.ts";
import { adminBearer, bearer } from "../support/tokens.ts";

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});

const plan = (id: string, waves: unknown) =>
  call(`/api/admin/spikes/${id}/waves`, { headers: admin, body: { waves } });
const ledgerOf = async (id: string) =>
  (await call(`/api/admin/spikes/${id}/ledger`, { headers: admin })).body;

it("are planned, shown to the admin and to shoppers, and on record", async () => {
  const { id } = await createSpike({ stock: 2 });
  const [sooner, later] = [
    { at: inMinutes(5), quantity: 3 },
    { at: inMinutes(10), quantity: 4 },
  ];
  const { status, body } = await plan(id, [later, sooner]);
  expect(status).toBe(200);
  expect(body).toMatchObject({ id, stock: 2, remaining: 2, nextWave: sooner, waves: [sooner, later] });
  expect(await ledgerOf(id)).toMatchObject({ total: 2, available: 2, scheduled: 7 });
  expect((await call(`/api/admin/spikes/${id}`, { headers: admin })).body.waves).toEqual([sooner, later]);
  expect((await call(`/api/spikes/${id}`)).body).toMatchObject({ nextWave: sooner });
  expect((await call(`/api/spikes/${id}`)).body).not.toHaveProperty("waves");
  expect((await call(`/api/spikes/${id}/stock`)).body).toMatchObject({ remaining: 2, nextWave: sooner });
  const trail = await database(env)
    .select()
    .from(audit)
    .where(and(eq(audit.subject, id), eq(audit.action, "spike.waves")));
  expect(trail).toMatchObject([{ actor: "u-admin", details: { before: [], after: [{ quantity: 3 }, {}] } }]);
});

it("change what the tag of an answer stands for", async () => {
  const { id } = await createSpike();
  const tagOf = async (path: string) => (await request(path)).headers.get("etag");
  const paths = [`/api/spikes/${id}`, `/api/spikes/${id}/stock`];
  const before = await Promise.all(paths.map(tagOf));
  await plan(id, [{ at: inMinutes(5), quantity: 3 }]);
  for (const [i, path] of paths.entries()) expect(await tagOf(path)).not.toBe(before[i]);
});

it("go on sale when their time comes, and a sold-out shopper is told when that is", async () => {
  const { id } = await createSpike({ stock: 1 });
  const wave = { at: inMinutes(5), quantity: 3 };
  await buy(id, { userId: "u1" });
  await plan(id, [wave]);
  const refused = await call(`/api/spikes/${id}/token`, { method: "POST", headers: await bearer() });
  expect(refused).toMatchObject({ status: 409, body: { code: "sold_out" } });
  expect(refused.body.detail).toContain(`3 more go on sale at ${wave.at}`);

  const ledger = env.SPIKE_STOCK.get(env.SPIKE_STOCK.idFromName(id));
  await runInDurableObject(ledger, (_, { storage }) => {
    storage.sql.exec("UPDATE waves SET at = 1");
    storage.sql.exec("UPDATE alarms SET due_at = 1 WHERE name = 'waves'");
  });
  await runDurableObjectAlarm(ledger);
  rememberStock(id, await ledger.status());
  expect((await buy(id, { userId: "u2" })).status).toBe(202);
  expect(await ledgerOf(id)).toMatchObject({ total: 4, available: 2, scheduled: 0 });
  const { body } = await call(`/api/admin/spikes/${id}`, { headers: admin });
  expect(body).toMatchObject({ waves: [{ quantity: 3, releasedAt: expect.any(String) }] });
  expect(body).not.toHaveProperty("nextWave");
});

it("after the sale's end are not announced", async () => {
  const { id } = await createSpike({ endsAt: inMinutes(60) });
  await plan(id, [{ at: inMinutes(30), quantity: 3 }]);
  const patch = { method: "PATCH", headers: admin, body: { endsAt: inMinutes(20) } };
  expect((await call(`/api/admin/spikes/${id}`, patch)).body).not.toHaveProperty("nextWave");
});

it("count towards the largest stock a sale can be given", async () => {
  const { id } = await createSpike({ stock: 5, startsAt: inMinutes(10) });
  await plan(id, [{ at: inMinutes(20), quantity: 10 }]);
  const grow = (stock: number) =>
    call(`/api/admin/spikes/${id}`, { method: "PATCH", headers: admin, body: { stock } });
  expect(await grow(STOCK_MAX - 9)).toMatchObject({ status: 400, body: { errors: [{ path: "stock" }] } });
  expect(await grow(STOCK_MAX - 10)).toMatchObject({ status: 200 });
  const restock = { method: "POST", headers: admin, body: { quantity: 1 } };
  expect(await call(`/api/admin/spikes/${id}/restock`, restock)).toMatchObject({ status: 400 });
});

it.each<[string, unknown]>([
  ["no list", undefined],
  ["no quantity", [{ at: inMinutes(5) }]],
  ["a quantity of 0", [{ at: inMinutes(5), quantity: 0 }]],
  ["half a unit", [{ at: inMinutes(5), quantity: 0.5 }]],
  ["more than the largest stock", [{ at: inMinutes(5), quantity: STOCK_MAX + 1 }]],
  ["no time", [{ at: "soon", quantity: 1 }]],
  ["another field", [{ at: inMinutes(5), quantity: 1, x: 1 }]],
  ["too many", Array.from({ length: WAVES_PER_SPIKE_MAX + 1 }, () => ({ at: inMinutes(5), quantity: 1 }))],
  ["the past", [{ at: inMinutes(-0.1), quantity: 1 }]],
  ["after the end", [{ at: inMinutes(61), quantity: 1 }]],
])("are refused for %s and change nothing", async (_, waves) => {
  const { id } = await createSpike();
  const kept = [{ at: inMinutes(3), quantity: 1 }];
  await plan(id, kept);
  expect(await plan(id, waves)).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  expect((await call(`/api/admin/spikes/${id}`, { headers: admin })).body.waves).toEqual(kept);
});

it("need a sale, and an admin", async () => {
  expect(await plan("nosuchspike0", [])).toMatchObject({ status: 404 });
  const { id } = await createSpike();
  const asShopper = { headers: await bearer(), body: { waves: [] } };
  expect(await call(`/api/admin/spikes/${id}/waves`, asShopper)).toMatchObject({ status: 403 });
});
