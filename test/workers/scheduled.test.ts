import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import worker from "../../workers/index.ts";
import { refreshTokens } from "../../workers/database/schema.ts";
import { OPEN_PAYMENT_STALE_MS } from "../../workers/order/payment/settle-open-payments.ts";
import { database } from "../../workers/platform/database.ts";
import { runJobs } from "../../workers/scheduled.ts";
import { openSale } from "./order/sale.ts";

afterEach(() => void vi.restoreAllMocks());

/** The error lines logged from here on, parsed. */
function logged(): () => Record<string, unknown>[] {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  return () => error.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
}

it("runs every job, though one throws, one rejects and one hangs", async () => {
  const lines = logged();
  const done: [string, number][] = [];
  const jobs = {
    throws: () => {
      throw new Error("at once");
    },
    rejects: () => Promise.reject(new Error("later")),
    hangs: () => new Promise<never>(() => {}),
    works: async (_: Env, now: number) => done.push(["works", now]),
  };
  await runJobs(jobs, env, 42, 1);
  expect(done).toEqual([["works", 42]]);
  expect(lines().map(({ event, job, message }) => [event, job, message])).toEqual([
    ["job_failed", "throws", "at once"],
    ["job_failed", "rejects", "later"],
    ["job_failed", "hangs", "The job took longer than 1 ms"],
  ]);
});

it("is what cron runs, without a failure on an empty database", async () => {
  const lines = logged();
  await worker.scheduled(createScheduledController({ scheduledTime: new Date(), cron: "* * * * *" }), env);
  expect(lines()).toEqual([]);
});

it("finishes open payments and purges what a version before has left", async () => {
  const sale = await openSale();
  const orderId = await sale.reserve("alice");
  await sale.ledger.beginPayment(orderId, "alice");
  const token = { tokenHash: "h", familyId: "f", userId: "alice", createdAt: 0, expiresAt: 1 };
  await database(env).insert(refreshTokens).values(token);
  const scheduledTime = new Date(Date.now() + OPEN_PAYMENT_STALE_MS + 1_000);
  await worker.scheduled(createScheduledController({ scheduledTime, cron: "* * * * *" }), env);
  expect(await sale.ledger.view()).toMatchObject({ sold: 1 });
  expect(await database(env).select().from(refreshTokens)).toEqual([]);
});

it("logs a job whose configuration is wrong", async () => {
  const lines = logged();
  const controller = createScheduledController({ scheduledTime: new Date(), cron: "* * * * *" });
  await worker.scheduled(controller, { ...env, PAYMENT_PROVIDER: "none" });
  expect(lines()).toMatchObject([{ event: "job_failed", job: "settle_open_payments" }]);
});
