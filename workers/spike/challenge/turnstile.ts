import { z } from "zod";
import { log, messageOf } from "../../shared/log.ts";
import type { ChallengeProvider, ChallengeSubject, SolutionFault, Verification } from "./challenge.ts";

/** What the widget on a sale page says it is for; at most 32 letters, digits, dashes and underscores. */
export const TURNSTILE_ACTION = "purchase";

/** A token is good for this long, by Cloudflare's rule. */
const TOKEN_SECONDS = 300;
/** Longest token, by Cloudflare's rule, in characters. */
const TOKEN_MAX_CHARS = 2_048;

/** A shopper waits for this; siteverify usually answers in a tenth of it. Per attempt, in milliseconds. */
export const VERIFY_TIMEOUT_MS = 1_500;
const VERIFY_ATTEMPTS = 2;

/** Bytes of a digest that name a subject: 128 bits. */
const NAME_BYTES = 16;

const answerSchema = z.object({
  success: z.boolean(),
  "error-codes": z.array(z.string()).default([]),
  hostname: z.string().optional(),
  action: z.string().optional(),
  cdata: z.string().optional(),
  challenge_ts: z.string().optional(),
});

type Answer = z.infer<typeof answerSchema>;

/** What siteverify says when the client's token is at fault; anything else is our or its own trouble. */
const TOKEN_FAULTS: Record<string, SolutionFault> = {
  "missing-input-response": "malformed",
  "invalid-input-response": "forged",
  "timeout-or-duplicate": "expired",
};

export interface TurnstileOptions {
  siteKey: string;
  secretKey: string;
  /** Where tokens are verified. */
  verifyUrl: string;
  timeoutMs?: number;
}

/**
 * Cloudflare Turnstile. A token counts only when siteverify knows it, for our host name, our action
 * and the account and sale it was made for.
 */
export function turnstile(options: TurnstileOptions): ChallengeProvider {
  return {
    async offer(subject) {
      const cData = await nameOf(subject);
      return { kind: "turnstile", siteKey: options.siteKey, action: TURNSTILE_ACTION, cData };
    },

    async verify(subject, token) {
      if (token === "" || token.length > TOKEN_MAX_CHARS) return { ok: false, fault: "malformed" };
      const answer = await siteverify(options, token, await idempotencyKey(subject, token));
      if (!answer) return { ok: false, fault: "unavailable" };
      return judge(answer, subject, token);
    },
  };
}

async function judge(answer: Answer, subject: ChallengeSubject, token: string): Promise<Verification> {
  if (!answer.success) {
    const fault = answer["error-codes"].map((code) => TOKEN_FAULTS[code]).find((known) => known);
    if (fault) return { ok: false, fault };
    log.error("turnstile_refused_us", { codes: answer["error-codes"].join(" ") });
    return { ok: false, fault: "unavailable" };
  }
  const isOurs = answer.hostname === subject.hostname && answer.action === TURNSTILE_ACTION;
  if (!isOurs || answer.cdata !== (await nameOf(subject))) return { ok: false, fault: "not_yours" };
  const solvedAt = Date.parse(answer.challenge_ts ?? "");
  const expiresAt = solvedAt + TOKEN_SECONDS * 1_000;
  if (!(expiresAt > subject.now)) return { ok: false, fault: "expired" };
  return { ok: true, solution: { id: hex(await sha256(token)), expiresAt } };
}

/** The answer, null when none is to be had. A repeat with the same idempotency key counts as the same question. */
async function siteverify(
  { verifyUrl, secretKey, timeoutMs = VERIFY_TIMEOUT_MS }: TurnstileOptions,
  token: string,
  key: string,
): Promise<Answer | null> {
  for (let attempt = 1; attempt <= VERIFY_ATTEMPTS; attempt++) {
    try {
      const response = await fetch(verifyUrl, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ secret: secretKey, response: token, idempotency_key: key }),
        // The secret is for this address alone.
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      const answer = answerSchema.parse(await response.json());
      if (answer.success && !response.ok) throw new Error(`success with status ${response.status}`);
      if (!answer["error-codes"].includes("internal-error")) return answer;
      log.warn("turnstile_unavailable", { attempt, message: "internal-error" });
    } catch (error) {
      log.warn("turnstile_unavailable", { attempt, message: messageOf(error) });
    }
  }
  return null;
}

/** The same purchase may be sent again with the same token, when its first answer was lost. */
async function idempotencyKey({ userId, key }: ChallengeSubject, token: string): Promise<string> {
  if (key === null) return crypto.randomUUID();
  const digits = hex(await sha256(`${userId}\n${key}\n${token}`));
  // Version 8 of RFC 9562: a UUID whose bits are our own.
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join("-");
}

/** Names account and sale in the few characters that Turnstile's `cData` may have. */
async function nameOf({ spikeId, userId }: ChallengeSubject): Promise<string> {
  return hex((await sha256(`${spikeId}\n${userId}`)).subarray(0, NAME_BYTES));
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
