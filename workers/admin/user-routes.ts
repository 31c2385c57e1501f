import { createApi } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { findUsers } from "../user/accounts.ts";
import { toUser } from "../user/wire.ts";
import { changeAccount } from "./users.ts";
import { listRoute, changeRoute } from "./user-contract.ts";

export const adminUserRoutes = createApi();

adminUserRoutes.openapi(listRoute, async (c) => {
  const { users, ...next } = await findUsers(c.env, c.req.valid("query"));
  return c.json({ users: users.map(toUser), ...next }, 200);
});

adminUserRoutes.openapi(changeRoute, async (c) => {
  const actor = requireIdentity(c);
  const account = await changeAccount(c.env, actor, c.req.valid("param").id, c.req.valid("json"));
  return c.json(toUser(account), 200);
});
