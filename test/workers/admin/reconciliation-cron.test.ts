import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  COMPARISON_KEPT_MS,
  RECONCILE_AFTER_END_MS,
  reconcileByCron,
  RUN_ABANDONED_MS,
} from "../../../workers/admin/reconciliation/cron.ts";
import { openRun } from "../../../workers/admin/reconciliation/drive.ts";
import { readRun, readRuns } from "../../../workers/admin/reconciliation/runs.ts";
import { call } from "../support/http.ts";
import { adminBearer } from "../support/tokens.ts";
import { compare, expectEqual, remove, repair, soldSale } from "./reconciled-sale.ts";

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});

describe("without an admin", () => {
  it("compares each sale once after its end, and again nothing", async () => {
    const sale = await soldSale(3);
    const { endsAt, holdSeconds } = { endsAt: Date.now() - 1, holdSeconds: 1 };
    await env.DB.prepare("UPDATE spikes SET ends_at = ?, hold_seconds = ? WHERE id = ?")
      .bind(endsAt, holdSeconds, sale.spikeId)
      .run();
    const runs = async () => (await readRuns(env, sale.spikeId, null, 10)).length;
    const over = endsAt + holdSeconds * 1_000 + RECONCILE_AFTER_END_MS;
    await reconcileByCron(env, over - 1);
    expect(await runs()).toBe(0);
    for (const later of [0, 60_000]) await reconcileByCron(env, over + later);
    expect(await readRuns(env, sale.spikeId, null, 10)).toMatchObject([
      { mode: "compare", startedBy: "cron", finishedAt: expect.any(Number), tally: { compared: 3 } },
    ]);
  });

  it("forgets comparisons after a while, and keeps repairs", async () => {
    const { spikeId } = await soldSale(3);
    const { finishedAt = "" } = await compare(spikeId);
    await repair(spikeId);
    const modes = async () => (await readRuns(env, spikeId, null, 10)).map(({ mode }) => mode);
    const last = Date.parse(finishedAt) + COMPARISON_KEPT_MS;
    await reconcileByCron(env, last);
    expect(await modes()).toEqual(["repair", "compare"]);
    await reconcileByCron(env, last + 1);
    expect(await modes()).toEqual(["repair"]);
  });

  it("goes on with a run that was left half-way", async () => {
    const sale = await soldSale(3);
    await remove(sale.orders[0]?.orderId ?? "");
    const run = await openRun(env, sale.spikeId, { mode: "repair", actor: "u-gone" }, Date.now());
    await reconcileByCron(env, run.updatedAt + RUN_ABANDONED_MS);
    expect(await readRun(env, sale.spikeId, run.id)).toMatchObject({ finishedAt: null });
    await reconcileByCron(env, run.updatedAt + RUN_ABANDONED_MS + 1);
    expect(await readRun(env, sale.spikeId, run.id)).toMatchObject({ finishedAt: expect.any(Number) });
    await expectEqual(sale);
  });

  it("fills the whole table from all ledgers", { timeout: 240_000 }, async () => {
    const sales = [await soldSale(3), await soldSale(4)];
    await env.DB.exec("DELETE FROM orders");
    let cursor: string | undefined;
    do {
      const { status, body } = await call("/api/admin/reconciliations", {
        headers: admin,
        body: { mode: "repair", cursor },
      });
      expect(status).toBe(202);
      cursor = body.nextCursor;
    } while (cursor !== undefined);
    await reconcileByCron(env, Date.now() + RUN_ABANDONED_MS + 1);
    for (const sale of sales) await expectEqual(sale);
  });
});
