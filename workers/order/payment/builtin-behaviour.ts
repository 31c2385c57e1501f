import { shown } from "../../shared/shown.ts";

/** Longest lateness of the built-in provider in milliseconds: below PROVIDER_TIMEOUT_MS, so that it does answer. */
export const LATE_MAX_MS = 30_000;

/** How the built-in provider answers. */
type Behaviour = { approves: boolean; afterMs: number };

const LATE = /^late:(\d{1,9})$/;

/**
 * The variable BUILTIN_PAYMENT_BEHAVIOUR.
 * @throws Error that says what to change.
 */
export function parseBehaviour(behaviour: string): Behaviour {
  if (behaviour === "approve") return { approves: true, afterMs: 0 };
  if (behaviour === "decline") return { approves: false, afterMs: 0 };
  const afterMs = Number(LATE.exec(behaviour)?.[1] ?? Number.NaN);
  if (afterMs <= LATE_MAX_MS) return { approves: true, afterMs };
  throw new Error(
    `BUILTIN_PAYMENT_BEHAVIOUR is ${shown(behaviour)}: set it to "approve", "decline" or ` +
      `"late:<milliseconds>" with at most ${LATE_MAX_MS} under [vars] in wrangler.toml.`,
  );
}
