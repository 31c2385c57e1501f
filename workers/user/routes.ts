import { createRoute } from "@hono/zod-openapi";
import { createApi, jsonContent, refusals } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { noStore } from "../edge/no-store.ts";
import { accountOf } from "./accounts.ts";
import { userSchema } from "./schemas.ts";
import { toUser } from "./wire.ts";

/** What a logged-in user asks about himself. */
export const userRoutes = createApi();

const me = createRoute({
  method: "get",
  path: "/api/users/me",
  tags: ["Users"],
  summary: "Who am I",
  description:
    "The account as it is now; for a token made by another holder of the keys, what the token says.",
  security: [{ bearer: [] }],
  middleware: [noStore()] as const,
  responses: { 200: jsonContent(userSchema, "The caller"), ...refusals("unauthenticated") },
});

userRoutes.openapi(me, async (c) => c.json(toUser(await accountOf(c.env, requireIdentity(c))), 200));
