import { createApi } from "../edge/api.ts";
import { answerConditionally, type Freshness } from "../edge/conditional.ts";
import { findSale, listSales } from "./catalogue.ts";
import { type Kind, ONE_SALE, SALE_LIST, STOCK_OF_SALE } from "./descriptions.ts";
import { detailRoute, listRoute, stockRoute } from "./contract.ts";

export const catalogueRoutes = createApi();

/*
 * These fill the isolate's memory. While it is fresh, the front door gives the same answers from it.
 */

catalogueRoutes.openapi(listRoute, async (c) => {
  const sales = await listSales(c.env);
  const now = Date.now();
  return answerConditionally(c, SALE_LIST.bodyOf(sales, now), freshness(SALE_LIST, sales, now));
});

catalogueRoutes.openapi(detailRoute, async (c) => {
  const sale = await findSale(c.env, c.req.valid("param").id);
  const now = Date.now();
  return answerConditionally(c, ONE_SALE.bodyOf(sale, now), freshness(ONE_SALE, sale, now));
});

catalogueRoutes.openapi(stockRoute, async (c) => {
  const sale = await findSale(c.env, c.req.valid("param").id);
  const now = Date.now();
  return answerConditionally(c, STOCK_OF_SALE.bodyOf(sale, now), freshness(STOCK_OF_SALE, sale, now));
});

function freshness<Subject>(kind: Kind<Subject, object>, subject: Subject, now: number): Freshness {
  return { cacheControl: kind.cacheControl, state: kind.stateOf(subject, now) };
}
