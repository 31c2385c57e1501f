import type { hc, InferResponseType } from "hono/client";
import type { ShopApi } from "../../workers/shop-api.ts";

/*
 * What the API answers, by the server's own route schemas. `hono/client` is here for its types alone:
 * our own `call` refreshes sessions and never throws, and a page has 30 KB for everything.
 */

type Site = ReturnType<typeof hc<ShopApi>>;
type Api = Site["api"];
type Sale = Api["spikes"][":id"];
type Order = Api["orders"][":id"];

export type SaleListBody = InferResponseType<Api["spikes"]["$get"], 200>;
export type StockBody = InferResponseType<Sale["stock"]["$get"], 200>;
export type SaleBody = InferResponseType<Sale["$get"], 200>;
export type AccessBody = InferResponseType<Sale["access"]["$get"], 200>;
export type TokenBody = InferResponseType<Sale["token"]["$post"], 200>;
export type ReservationBody = InferResponseType<Sale["purchases"][":token"]["$post"], 202>;

/** The order's address answers the order, or that it is on its way to the database. */
export type OrderBody = InferResponseType<Order["$get"], 200 | 202>;
export type KnownOrderBody = InferResponseType<Order["$get"], 200>;
export type OrderListBody = InferResponseType<Api["orders"]["$get"], 200>;

export type SessionBody = InferResponseType<Api["sessions"]["$post"], 200>;
export type GrantBody = InferResponseType<Api["sessions"]["refresh"]["$post"], 200>;
export type MeBody = InferResponseType<Api["users"]["me"]["$get"], 200>;

export type HealthBody = InferResponseType<Site["health"]["$get"], 200>;
