import { log, messageOf } from "./log.ts";
import { Refusal } from "./refusals.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/** Calls to one object before giving up; each on a new stub, because a broken stub stays broken. */
export const OBJECT_CALL_ATTEMPTS_MAX = 3;
const OBJECT_RETRY_BASE_MS = 25;

/** What the platform marks its own errors with. */
interface ObjectError {
  retryable?: boolean;
  overloaded?: boolean;
}

/**
 * Calls a Durable Object that may be moving, restarting or busy. Every RPC is safe to repeat, so a
 * retryable failure is tried again; an overloaded object is never pressed further. `call` gets its
 * stub anew each time.
 * @throws Refusal `overloaded` when the object is shedding load.
 */
export async function callObject<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const { retryable, overloaded } = error as ObjectError;
      if (overloaded) throw new Refusal("overloaded", { retryAfter: retryAfterSeconds(0) });
      if (!retryable || attempt >= OBJECT_CALL_ATTEMPTS_MAX) throw error;
      log.warn("object_call_retried", { attempt, message: messageOf(error) });
      await scheduler.wait(OBJECT_RETRY_BASE_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}
