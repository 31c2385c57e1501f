import { createRoute, z } from "@hono/zod-openapi";
import { jsonContent, refusals } from "../edge/route-parts.ts";
import { cursorQuery, nextCursorSchema } from "../edge/cursor.ts";
import { TIER_MAX, USER_ID_MAX_CHARS } from "../shared/limits.ts";
import { userSchema } from "../user/schemas.ts";
import { NEEDS_ADMIN } from "./schemas.ts";

/*
 * Only schemas: the dashboard takes its types from here.
 */

const common = { tags: ["Admin: users"], security: [{ bearer: [] }] };

export const listRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/admin/users",
  summary: "Accounts by name: those whose name begins with the query, or whose id it is",
  request: {
    query: cursorQuery.extend({ query: z.string().max(USER_ID_MAX_CHARS).optional() }),
  },
  responses: {
    200: jsonContent(z.object({ users: z.array(userSchema), ...nextCursorSchema }), "A page of accounts"),
    ...refusals("invalid_request", ...NEEDS_ADMIN),
  },
});

export const changeRoute = createRoute({
  ...common,
  method: "patch",
  path: "/api/admin/users/{id}",
  summary: "Set star level or role; tokens already given out keep the old ones until they expire",
  request: {
    params: z.object({ id: z.string() }),
    body: {
      content: {
        "application/json": {
          schema: z.strictObject({
            tier: z.int().min(0).max(TIER_MAX).optional(),
            role: z.enum(["shopper", "admin"]).optional(),
          }),
        },
      },
      required: true,
    },
  },
  responses: {
    200: jsonContent(userSchema, "The account as it is now"),
    ...refusals("invalid_request", ...NEEDS_ADMIN, "not_found", "overloaded"),
  },
});
