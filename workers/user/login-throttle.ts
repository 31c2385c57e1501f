import { networkOf } from "../shared/address.ts";
import { log } from "../shared/log.ts";
import { saying } from "../shared/redis/client.ts";
import { decr, del, incr, pexpire, pexpiretime } from "../shared/redis/commands.ts";
import { openRedis } from "../shared/redis/nodes.ts";
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

/** An attempt that was counted, and the window it was counted in by its end, epoch milliseconds. */
export interface Attempt extends Counted {
  windowEndsAt: number;
}

export function counted(allowance: Allowance, who: string): Counted {
  return { allowance, subject: `${allowance.kind}:${who}` };
}

/** The subject of an address; nothing where the platform reports none. */
export function countedAddress(allowance: Allowance, address: string | null): Counted[] {
  return address === null ? [] : [counted(allowance, networkOf(address))];
}

const keyOf = ({ subject }: Counted) => `attempts:${subject}`;

/**
 * Counts an attempt of each subject before anything is verified, so that many attempts at once cannot
 * all slip through: whoever gets a number above the bound is out.
 * @throws Refusal `rate_limited` with the seconds until the longest window ends.
 */
export async function countAttempt(env: Env, subjects: Counted[], now: number): Promise<Attempt[]> {
  const counts = await Promise.all(subjects.map((subject) => count(env, subject)));
  let waitMs = 0;
  for (const { allowance, windowEndsAt, attempts } of counts) {
    if (attempts <= allowance.attemptsMax) continue;
    // The node's clock ended the window, and ours may be ahead of it.
    waitMs = Math.max(waitMs, windowEndsAt - now, 1);
    // Once per window: an attack must not write the log full.
    if (attempts === allowance.attemptsMax + 1) log.warn("attempts_throttled", { kind: allowance.kind });
  }
  if (waitMs > 0) throw new Refusal("rate_limited", { retryAfter: Math.ceil(waitMs / MS_PER_SECOND) });
  return counts;
}

async function count(env: Env, subject: Counted): Promise<Attempt & { attempts: number }> {
  const key = keyOf(subject);
  const [attempts, , windowEndsAt] = await openRedis(env).pipeline([
    incr(key),
    pexpire(key, subject.allowance.windowSeconds * MS_PER_SECOND, "NX"),
    pexpiretime(key),
  ]);
  return { ...subject, attempts, windowEndsAt };
}

/** Undoes the counting of these attempts, because the login succeeded. */
export async function forgiveLogin(env: Env, attempts: Attempt[]): Promise<void> {
  const redis = openRedis(env);
  await Promise.all(
    attempts.map(({ windowEndsAt, ...subject }) => {
      const key = keyOf(subject);
      if (subject.allowance.kind === "account") return redis.run(del(key));
      // Only this attempt, in the window in which it was counted: his own account must not buy an attacker's
      // address a fresh allowance.
      return redis.transaction([decr(key)], { ifStill: [saying(pexpiretime(key), windowEndsAt)] });
    }),
  );
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
