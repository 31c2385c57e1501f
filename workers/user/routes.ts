import { createRoute } from "@hono/zod-openapi";
import { createApi } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { noStore } from "../edge/no-store.ts";
import { accountOf } from "./accounts.ts";
import * as contract from "./contract.ts";
import { toUser } from "./wire.ts";

/** What a logged-in user asks about himself. */
export const userRoutes = createApi();

const meRoute = createRoute({ ...contract.meRoute, middleware: noStore() });

userRoutes.openapi(meRoute, async (c) => c.json(toUser(await accountOf(c.env, requireIdentity(c))), 200));
