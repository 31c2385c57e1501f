import type { RouteConfig, RouteConfigToTypedResponse } from "@hono/zod-openapi";
import type { Hono } from "hono";
import type { BlankEnv, ToSchema } from "hono/types";
import type * as access from "./access/contract.ts";
import type * as order from "./order/contract.ts";
import type * as spike from "./spike/contract.ts";
import type * as user from "./user/contract.ts";

/** A path with its parameters as Hono writes them: `/api/orders/{id}` is `/api/orders/:id`. */
type HonoPath<Path extends string> = Path extends `${infer Before}{${infer Name}}${infer After}`
  ? `${Before}:${Name}${HonoPath<After>}`
  : Path;

type SchemaOf<Route extends RouteConfig> = ToSchema<
  Route["method"],
  HonoPath<Route["path"]>,
  object,
  RouteConfigToTypedResponse<Route>
>;

/** The shoppers' API as a type, made of the very route schemas that validate and document it: for `hono/client`. */
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
    SchemaOf<typeof user.meRoute>
>;
