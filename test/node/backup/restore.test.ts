import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mysql from "mysql2/promise";
import { expect, it } from "vitest";
import { Admin, withoutFilters } from "../../../bench/load/admin.ts";
import { LoadClient } from "../../../bench/load/http-client.ts";
import { mintPeople, type Person } from "../../../bench/load/people.ts";
import { backUpOrders, restoreOrders } from "../../../scripts/backup/mysql-orders.ts";
import { build } from "../../../scripts/build.ts";
import { migrateMySql } from "../../../scripts/migrate-mysql.ts";
import { makeSecrets } from "../../../scripts/secrets.ts";
import { startServer } from "../../../scripts/serve/server.ts";
import { findMySql } from "../mysql/server.ts";

const HOUR_MS = 3_600_000;
const STOCK = 4;

/** A server that can be stopped and started on its state, and a sale on it. */
class TestShop {
  readonly stateDir: string;
  readonly #secrets = makeSecrets();
  readonly #mysqlUrl: string | undefined;
  #server!: Awaited<ReturnType<typeof startServer>>;
  #adminToken: string | undefined;
  people: Person[] = [];
  spikeId = "";

  constructor(stateDir: string, mysqlUrl?: string) {
    this.stateDir = stateDir;
    this.#mysqlUrl = mysqlUrl;
  }

  async start(): Promise<void> {
    const { stateDir } = this;
    const mysqlUrl = this.#mysqlUrl;
    this.#server = await startServer({
      stateDir,
      secrets: this.#secrets,
      output: "ignore",
      ...(mysqlUrl && { mysqlUrl }),
    });
  }

  async stop(): Promise<void> {
    this.#server.kill();
    await this.#server.exited;
  }

  async open(): Promise<void> {
    const crowd = { count: 6, seed: 3, jwtKeys: this.#secrets.JWT_KEYS, sendAddresses: false };
    this.people = await mintPeople(crowd, Date.now(), () => undefined);
    const client = new LoadClient(this.#server.url, 2);
    const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = this.#secrets;
    const admin = new Admin(client, { username, password });
    await admin.saveSettings(withoutFilters(await admin.settings()));
    const now = Date.now();
    const terms = { title: "Backups ✓", stock: STOCK, priceMinor: 100, maxPerUser: 1, holdSeconds: 3_600 };
    this.spikeId = await admin.createSale({ ...terms, startsAt: now - 1_000, endsAt: now + HOUR_MS });
    await client.close();
  }

  async send(method: string, path: string, token: string, body: unknown = {}) {
    const response = await fetch(`${this.#server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(method !== "GET" && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async operate(method: string, path: string, body: unknown = {}) {
    if (!this.#adminToken) {
      const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = this.#secrets;
      const session = await this.send("POST", "/api/sessions", "none", { username, password });
      this.#adminToken = String(session.body["accessToken"]);
    }
    return this.send(method, `/api/admin/${path}`, this.#adminToken, body);
  }

  async buy(nth: number) {
    const { accessToken } = this.people[nth] as Person;
    const { body } = await this.send("POST", `/api/spikes/${this.spikeId}/token`, accessToken);
    const path = `/api/spikes/${this.spikeId}/purchases/${String(body["token"])}`;
    return this.send("POST", path, accessToken);
  }

  async pay(nth: number, orderId: string): Promise<void> {
    const { accessToken } = this.people[nth] as Person;
    expect((await this.send("POST", `/api/orders/${orderId}/payment`, accessToken)).status).toBe(200);
  }

  /** The states of the recorded orders, by id. */
  async recorded(): Promise<Record<string, string>> {
    const { body } = await this.operate("GET", `orders?spikeId=${this.spikeId}`);
    const orders = body["orders"] as { id: string; state: string }[];
    return Object.fromEntries(orders.map(({ id, state }) => [id, state]));
  }

  /** How many orders the ledger would still send to the database, of all sales. */
  async outbox(): Promise<number> {
    const headers = { authorization: `Bearer ${this.#adminToken}` };
    const metrics = await (await fetch(`${this.#server.url}/api/admin/metrics`, { headers })).text();
    const samples = [...metrics.matchAll(/^spike_outbox_orders\{.*\} (\d+)$/gm)];
    expect(samples).not.toEqual([]);
    return samples.reduce((sum, [, orders]) => sum + Number(orders), 0);
  }

  /** Compares or repairs until it is done. */
  async reconcile(mode: "compare" | "repair"): Promise<Record<string, unknown>> {
    const path = `spikes/${this.spikeId}/reconciliation`;
    let run = "";
    for (;;) {
      const { body } = await this.operate(mode === "repair" ? "POST" : "GET", `${path}${run}`);
      if (body["state"] !== "running") return body;
      run = `?run=${String(body["run"])}`;
    }
  }
}

/** What a store's backup is, and how it is put back. */
interface Backups {
  take: (shop: TestShop) => Promise<void>;
  putBack: (shop: TestShop) => Promise<void>;
}

/** Returns the ledger at the end. */
async function sellRestoreAndReconcile(shop: TestShop, backups: Backups) {
  await shop.open();
  const [a, b] = [await shop.buy(0), await shop.buy(1)].map(({ body }) => String(body["orderId"])) as [
    string,
    string,
  ];
  await shop.pay(0, a);
  await expect.poll(() => shop.recorded(), { timeout: 120_000 }).toEqual({ [a]: "paid", [b]: "reserved" });
  await backups.take(shop);

  await shop.pay(1, b);
  const c = String((await shop.buy(2)).body["orderId"]);
  const now = { [a]: "paid", [b]: "paid", [c]: "reserved" };
  await expect.poll(() => shop.recorded(), { timeout: 120_000 }).toEqual(now);
  // What the ledger does not know to be recorded it would send again, and mend by itself what is put back here.
  await expect.poll(() => shop.outbox(), { timeout: 120_000 }).toBe(0);

  await backups.putBack(shop);
  expect(await shop.recorded()).toEqual({ [a]: "paid", [b]: "reserved" });
  await shop.reconcile("repair");
  await expect.poll(() => shop.recorded(), { timeout: 120_000 }).toEqual(now);
  const compared = await shop.reconcile("compare");
  expect(compared).toMatchObject({ state: "done", found: { missing: 0, extra: 0, different: 0 } });

  // Three are sold or held, whatever the backup said: one is left, and no more.
  expect((await shop.buy(3)).status).toBe(202);
  expect((await shop.buy(4)).body["code"]).toBe("sold_out");
  return (await shop.operate("GET", `spikes/${shop.spikeId}/ledger`)).body;
}

const NOTHING_TWICE = { total: STOCK, available: 0, held: 2, sold: 2 };

it("sells nothing twice after an old D1 was put back and reconciled", async () => {
  await build();
  const folder = await mkdtemp(join(tmpdir(), "spike-backup-"));
  const shop = new TestShop(join(folder, "state"));
  const platform = join(shop.stateDir, ".wrangler/state/workerd");
  const database = join(platform, "d1");
  const copy = join(folder, "d1");
  const whileStopped = async (work: () => Promise<void>) => {
    await shop.stop();
    await work();
    await shop.start();
  };
  await shop.start();
  try {
    const ledger = await sellRestoreAndReconcile(shop, {
      take: () => whileStopped(() => cp(database, copy, { recursive: true })),
      putBack: () =>
        whileStopped(async () => {
          await rm(database, { recursive: true });
          await cp(copy, database, { recursive: true });
          // What was recorded a moment ago may not be off the queue: it would come again, and mend what is put back here.
          await rm(join(platform, "queues"), { recursive: true });
        }),
    });
    expect(ledger).toMatchObject(NOTHING_TWICE);
  } finally {
    await shop.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

it("sells nothing twice after an old MySQL was put back and reconciled", async (context) => {
  const server = await findMySql();
  if (!server) return context.skip();
  await build();
  const folder = await mkdtemp(join(tmpdir(), "spike-backup-"));
  const name = `spike_backup_${randomBytes(4).toString("hex")}`;
  const url = new URL(`/${name}`, server).href;
  await migrateMySql(url);
  const shop = new TestShop(join(folder, "state"), url);
  const file = join(folder, "orders.backup");
  await shop.start();
  try {
    const ledger = await sellRestoreAndReconcile(shop, {
      take: async () => expect(await backUpOrders(url, file)).toBe(2),
      putBack: async () => expect(await restoreOrders(url, file)).toBe(2),
    });
    expect(ledger).toMatchObject(NOTHING_TWICE);
    await expect(backUpOrders(url, file), "an older backup is never overwritten").rejects.toThrow(
      "exists already, and a backup overwrites nothing",
    );
    await refusesHalfABackup(url, file, folder);
  } finally {
    await shop.stop();
    const admin = await mysql.createConnection({ uri: server.href });
    await admin.query(`DROP DATABASE ${name}`);
    await admin.end();
    await rm(folder, { recursive: true, force: true });
  }
});

async function refusesHalfABackup(url: string, file: string, folder: string): Promise<void> {
  const whole = await readFile(file, "utf8");
  const broken = join(folder, "broken.backup");
  for (const text of [
    "",
    "[]\n",
    whole.slice(0, -20),
    whole.split("\n").slice(0, -2).join("\n"),
    `${whole}[1]\n`,
  ]) {
    await writeFile(broken, text);
    await expect(restoreOrders(url, broken)).rejects.toThrow(/no backup|not all of a backup/);
  }
}
