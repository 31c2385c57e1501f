import type { Call } from "../engine/command.ts";
import { RedisError } from "../engine/errors.ts";
import { isInt64, toBigInt } from "../engine/numbers.ts";

/** EX, PX: from now on, in seconds or milliseconds; EXAT, PXAT: since the epoch. */
export type ExpiryUnit = "EX" | "PX" | "EXAT" | "PXAT";

const MS_PER_SECOND = 1_000n;

/**
 * When a key expires, in epoch milliseconds.
 * @throws RedisError for what is no time, and for 0 and below
 */
export function expiryFrom(call: Call, text: string, unit: ExpiryUnit): number {
  const amount = toBigInt(text);
  const at = absolute(call, amount, unit);
  if (amount <= 0n || at === null) throw invalidExpiry(call);
  return at;
}

/** The same for times that may be past already. */
export function anyExpiryFrom(call: Call, text: string, unit: ExpiryUnit): number {
  const at = absolute(call, toBigInt(text), unit);
  if (at === null) throw invalidExpiry(call);
  return at;
}

function absolute(call: Call, amount: bigint, unit: ExpiryUnit): number | null {
  const ms = unit.startsWith("EX") ? amount * MS_PER_SECOND : amount;
  if (!isInt64(ms)) return null;
  const at = unit.endsWith("AT") ? ms : ms + BigInt(call.now);
  return isInt64(at) ? Number(at) : null;
}

const invalidExpiry = ({ command }: Call) =>
  new RedisError(`ERR invalid expire time in '${command.name}' command`);
