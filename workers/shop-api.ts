import type { Hono } from "hono";
import type { BlankEnv } from "hono/types";
import type * as access from "./access/contract.ts";
import type { SchemaOf } from "./edge/route-schema.ts";
import type * as operations from "./operations/contract.ts";
import type * as order from "./order/contract.ts";
import type * as spike from "./spike/contract.ts";
import type * as user from "./user/contract.ts";

/** The API that everyone may use as a type, made of the very route schemas that validate and document it: for `hono/client`. */
export type ShopApi = Hono<
  BlankEnv,
  SchemaOf<typeof spike.listRoute> &
    SchemaOf<typeof spike.detailRoute> &
    SchemaOf<typeof spike.stockRoute> &
    SchemaOf<typeof spike.tokenRoute> &
    SchemaOf<typeof spike.purchaseRoute> &
    SchemaOf<typeof access.accessRoute> &
    SchemaOf<typeof order.listRoute> &
    SchemaOf<typeof order.readRoute> &
    SchemaOf<typeof order.paymentRoute> &
    SchemaOf<typeof order.cancellationRoute> &
    SchemaOf<typeof user.registrationRoute> &
    SchemaOf<typeof user.loginRoute> &
    SchemaOf<typeof user.refreshRoute> &
    SchemaOf<typeof user.logoutRoute> &
    SchemaOf<typeof user.meRoute> &
    SchemaOf<typeof operations.healthRoute>
>;
