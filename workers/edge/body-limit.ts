import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { BODY_MAX_BYTES } from "../shared/limits.ts";
import { Refusal } from "../shared/refusals.ts";
import type { AppEnv } from "./context.ts";

/** Refuses a body above `BODY_MAX_BYTES` before anything reads it into memory. */
export function limitBody(): MiddlewareHandler<AppEnv> {
  return bodyLimit({
    maxSize: BODY_MAX_BYTES,
    onError: () => {
      throw new Refusal("invalid_request", { detail: `The body is larger than ${BODY_MAX_BYTES} bytes.` });
    },
  });
}
