import { eq, sql } from "drizzle-orm";
import { loginFailures } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { networkOf } from "../shared/address.ts";
import { log } from "../shared/log.ts";
import { Refusal } from "../shared/refusals.ts";

/** Attempts one subject has within a window that begins with its first one. */
interface Allowance {
  kind: "account" | "address" | "registration";
  attemptsMax: number;
  windowSeconds: number;
}

/**
 * NIST SP 800-63B, 3.2.2 asks for at most 100 failures in a row on an account; ten a quarter of an hour
 * leave room for a forgotten password and make guessing hopeless.
 */
export const ACCOUNT_ALLOWANCE: Allowance = { kind: "account", attemptsMax: 10, windowSeconds: 900 };

/** A household or an office behind one address mistypes more often than one person. */
export const ADDRESS_ALLOWANCE: Allowance = { kind: "address", attemptsMax: 50, windowSeconds: 900 };

export const REGISTRATION_ALLOWANCE: Allowance = {
  kind: "registration",
  attemptsMax: 30,
  windowSeconds: 3_600,
};

/** `period` of the binding in wrangler.toml. */
const BRAKE_PERIOD_SECONDS = 60;

const MS_PER_SECOND = 1_000;

/** A countable subject: who, and how often he may try. */
export interface Counted {
  allowance: Allowance;
  subject: string;
}

export function counted(allowance: Allowance, who: string): Counted {
  return { allowance, subject: `${allowance.kind}:${who}` };
}

/** The subject of an address; nothing where the platform reports none. */
export function countedAddress(allowance: Allowance, address: string | null): Counted[] {
  return address === null ? [] : [counted(allowance, networkOf(address))];
}

/**
 * Counts an attempt of each subject before anything is verified, so that many attempts at once cannot
 * all slip through: the count is one atomic statement, and whoever gets a number above the bound is out.
 * @throws Refusal `rate_limited` with the seconds until the longest window ends.
 */
export async function countAttempt(env: Env, subjects: Counted[], now: number): Promise<void> {
  const [first, ...rest] = subjects.map((subject) => upsert(env, subject, now));
  if (!first) return;
  const results = await database(env).batch([first, ...rest]);
  let waitMs = 0;
  for (const [index, { allowance }] of subjects.entries()) {
    const row = results[index]?.[0];
    if (!row || row.failures <= allowance.attemptsMax) continue;
    waitMs = Math.max(waitMs, row.windowEndsAt - now);
    // Once per window: an attack must not write the log full.
    if (row.failures === allowance.attemptsMax + 1) log.warn("attempts_throttled", { kind: allowance.kind });
  }
  if (waitMs > 0) throw new Refusal("rate_limited", { retryAfter: Math.ceil(waitMs / MS_PER_SECOND) });
}

function upsert(env: Env, { allowance, subject }: Counted, now: number) {
  const windowEndsAt = now + allowance.windowSeconds * MS_PER_SECOND;
  const { failures, windowEndsAt: endsAt } = loginFailures;
  return database(env)
    .insert(loginFailures)
    .values({ subject, failures: 1, windowEndsAt })
    .onConflictDoUpdate({
      target: loginFailures.subject,
      set: {
        failures: sql`case when ${endsAt} <= ${now} then 1 else ${failures} + 1 end`,
        windowEndsAt: sql`case when ${endsAt} <= ${now} then ${windowEndsAt} else ${endsAt} end`,
      },
    })
    .returning({ failures, windowEndsAt: endsAt });
}

/** Statements that undo the counting after a login that succeeded. */
export function forgiveLogin(env: Env, account: Counted, address: Counted[]) {
  const db = database(env);
  return [
    db.delete(loginFailures).where(eq(loginFailures.subject, account.subject)),
    // Only this attempt: his own account must not buy an attacker's address a fresh allowance.
    ...address.map(({ subject }) =>
      db
        .update(loginFailures)
        .set({ failures: sql`max(${loginFailures.failures} - 1, 0)` })
        .where(eq(loginFailures.subject, subject)),
    ),
  ] as const;
}

/**
 * A brake of the platform before any work is done: approximate and per location, so it only spares
 * the exact counters a flood. Where the runtime has no such binding there is no brake.
 * @throws Refusal `rate_limited`.
 */
export async function brake(env: Env, subjects: Counted[]): Promise<void> {
  const binding: RateLimit | undefined = env.ACCOUNT_BRAKE;
  if (!binding) return;
  const outcomes = await Promise.all(subjects.map(({ subject }) => binding.limit({ key: subject })));
  if (outcomes.some(({ success }) => !success)) {
    throw new Refusal("rate_limited", { retryAfter: BRAKE_PERIOD_SECONDS });
  }
}
