import type { OpenAPIHono } from "@hono/zod-openapi";
import { version } from "../../package.json";
import type { AppEnv } from "../edge/context.ts";

/** An isolate's answers stay the same until the next deploy. */
const OPENAPI_CACHE_CONTROL = "public, max-age=60";

/**
 * Adds `GET /openapi.json`: OpenAPI 3.1, made from the schemas that the routes validate with. Call it after
 * the last route is mounted. The document is made once per isolate, on the first request for it.
 */
export function serveOpenApi(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "The `accessToken` of POST /api/sessions.",
  });
  let document: string | undefined;
  app.get("/openapi.json", (c) => {
    document ??= JSON.stringify(
      app.getOpenAPI31Document({
        openapi: "3.1.0",
        info: {
          title: "Spike",
          version,
          description:
            "A flash sale at the edge. Times are RFC 3339 UTC, money is integer minor units with an ISO 4217 code. " +
            "Every refusal is application/problem+json (RFC 9457) with a code from a closed list.",
        },
        servers: [{ url: "/" }],
      }),
    );
    return c.body(document, 200, {
      "content-type": "application/json",
      "cache-control": OPENAPI_CACHE_CONTROL,
    });
  });
}
