import { z } from "@hono/zod-openapi";
import { IDEMPOTENCY_KEY_MAX_CHARS } from "../shared/limits.ts";

/** What every admin call may refuse. */
export const NEEDS_ADMIN = ["unauthenticated", "not_eligible"] as const;

/** The operation of this name is done once, however often the request is sent. */
export const idempotencyHeader = z.object({
  "idempotency-key": z.string().min(1).max(IDEMPOTENCY_KEY_MAX_CHARS).optional(),
});
