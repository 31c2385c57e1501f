import { tendBlacklist } from "./access/former-blacklist.ts";
import { closeRecordedLetters } from "./admin/dead-letters/dead-letters.ts";
import { reconcileByCron } from "./admin/reconciliation/cron.ts";
import { republishSettings } from "./admin/settings.ts";
import { republishSpikeSettings } from "./admin/settings-copies.ts";
import { tendWebhooks } from "./admin/webhooks/jobs.ts";
import { openPaymentProvider } from "./order/payment/open-payment-provider.ts";
import { settleOpenPayments } from "./order/payment/settle-open-payments.ts";
import { log, messageOf } from "./shared/log.ts";
import { withTimeLimit } from "./shared/time-limit.ts";
import { warmUp } from "./spike/warm-up.ts";
import { purgeFormerSessions } from "./user/former-sessions.ts";

/** Longest a job may keep its run open, in milliseconds; cron starts the next a minute after this one. */
const JOB_MAX_MS = 55_000;

/** What cron does every minute. Each job is safe to repeat and to run twice at once; `now` is epoch milliseconds. */
export type Jobs = Record<string, (env: Env, now: number) => Promise<unknown>>;

export const JOBS: Jobs = {
  settle_open_payments: async (env, now) => settleOpenPayments(env, openPaymentProvider(env), now),
  purge_former_sessions: purgeFormerSessions,
  republish_settings: republishSettings,
  republish_spike_settings: republishSpikeSettings,
  warm_up: warmUp,
  reconcile: reconcileByCron,
  close_recorded_letters: closeRecordedLetters,
  tend_webhooks: tendWebhooks,
  tend_blacklist: tendBlacklist,
};

/** Runs all jobs at once; one that fails or hangs is logged and does not touch the others. */
export async function runJobs(jobs: Jobs, env: Env, now: number, maxMs: number = JOB_MAX_MS): Promise<void> {
  await Promise.all(
    Object.entries(jobs).map(async ([job, run]) => {
      try {
        await withTimeLimit(run(env, now), maxMs, "The job");
      } catch (error) {
        log.error("job_failed", { job, message: messageOf(error) });
      }
    }),
  );
}
