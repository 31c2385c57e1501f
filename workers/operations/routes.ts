import { version } from "../../package.json";
import { createApi } from "../edge/api.ts";
import { healthRoute } from "./contract.ts";
import { knownDeadLetters } from "./dead-letter-count.ts";
import { knownWarnings } from "./known-warnings.ts";

/** What operators and their load balancers ask. */
export const operationsRoutes = createApi();

operationsRoutes.openapi(healthRoute, async (c) => {
  c.header("cache-control", "no-store");
  const [deadLetters, warnings] = await Promise.all([knownDeadLetters(c.env), knownWarnings(c.env)]);
  return c.json(
    {
      ...{ status: "ok" as const, version },
      ...(deadLetters !== undefined && { deadLetters }),
      ...(warnings.length > 0 && { warnings }),
    },
    200,
  );
});
