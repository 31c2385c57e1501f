import { createApi } from "../edge/api.ts";
import { purchaseRoute, tokenRoute } from "./contract.ts";

/**
 * Describes the two calls of a sale for the OpenAPI document. They are answered in `crowd-routes.ts`, by hand:
 * a crowd must not pay for routing, nor for validation that the funnel makes needless.
 */
export const purchaseRoutes = createApi();
purchaseRoutes.openAPIRegistry.registerPath(tokenRoute);
purchaseRoutes.openAPIRegistry.registerPath(purchaseRoute);
