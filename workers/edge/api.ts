import { OpenAPIHono } from "@hono/zod-openapi";
import type { z as zod } from "zod";
import { Refusal } from "../shared/refusals.ts";
import type { AppEnv } from "./context.ts";
import { fieldErrorsOf } from "./field-errors.ts";

export { jsonContent, refusals } from "./route-parts.ts";

/** A Hono app whose routes validate with the schemas that `/openapi.json` is generated from. */
export function createApi(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error);
    },
  });
}

/** `invalid_request` with one entry per field that failed. */
export function invalidRequest(error: zod.ZodError): Refusal {
  return new Refusal("invalid_request", { errors: fieldErrorsOf(error) });
}
