/** @jsxImportSource hono/jsx */
import { type Context, Hono } from "hono";
import { LRUCache } from "lru-cache";
import type { AppEnv } from "../edge/context.ts";
import { log, messageOf } from "../shared/log.ts";
import { Refusal } from "../shared/refusals.ts";
import { findSale, listSales } from "../spike/catalogue.ts";
import { sortForShoppers, stateName, toWireSpike } from "../spike/wire.ts";
import { answerMessage, answerPage, loadAssetNames } from "./answer.ts";
import type { AssetNames } from "./asset-names.ts";
import {
  inLanguage,
  isLanguage,
  type Language,
  LANGUAGES,
  negotiateLanguage,
  withoutLanguage,
} from "./language.ts";
import { toDocument } from "./views/document.ts";
import { pageContext } from "./views/layout.tsx";
import { MessagePage } from "./views/message.tsx";
import { SaleListPage } from "./views/sale-list.tsx";
import { SalePage } from "./views/sale.tsx";

/** Rendered pages an isolate keeps, of about 15 KB each; each is good for the second it was made in. */
const RENDERED_MAX = 200;
const MS_PER_SECOND = 1_000;
/** Where a page lies only depends on the language; caches may keep that for a day. */
const REDIRECT_CACHE = "public, max-age=0, s-maxage=86400";

const rendered = new LRUCache<string, string>({ max: RENDERED_MAX });

/** The pages that show what is on sale. All others are static files, and no Worker runs for them. */
export const pageRoutes = new Hono<AppEnv>();

pageRoutes.onError(async (error, c) => {
  if (error instanceof Refusal && error.code === "not_found") return notFoundPage(c);
  log.error("page_failed", { requestId: c.get("requestId"), path: c.req.path, message: messageOf(error) });
  return messagePage(c, "trouble", 500);
});

for (const path of inAnyLanguage("/")) pageRoutes.get(path, (c) => saleList(c));
for (const path of inAnyLanguage("/spikes/:id")) pageRoutes.get(path, (c) => salePage(c));
for (const path of ["/login", "/register", "/orders", "/orders/:id"]) pageRoutes.get(path, toLanguage);

async function saleList(c: Context<AppEnv>) {
  const { language, negotiated, assets } = await prepare(c);
  const now = Date.now();
  const sales = sortForShoppers(await listSales(c.env), now);
  const spikes = sales.map((sale) => toWireSpike(sale, now));
  const state = [assets.styles, ...sales.map((sale) => stateName(sale, now))].join(" ");
  const html = renderOnce(`${language} list ${state}`, now, () =>
    toDocument(<SaleListPage page={pageContext(language, assets)} spikes={spikes} />),
  );
  const pictures = spikes.map(({ imageUrl }) => imageUrl);
  return answerPage(c, { language, html, state, pictures }, negotiated);
}

async function salePage(c: Context<AppEnv>) {
  const { language, negotiated, assets } = await prepare(c);
  const sale = await findSale(c.env, c.req.param("id") ?? "");
  const now = Date.now();
  const spike = toWireSpike(sale, now);
  const state = `${assets.scripts.sale} ${assets.styles} ${stateName(sale, now)}`;
  const html = renderOnce(`${language} ${state}`, now, () =>
    toDocument(<SalePage page={pageContext(language, assets)} sale={spike} />),
  );
  return answerPage(c, { language, html, state, pictures: [spike.imageUrl], isSale: true }, negotiated);
}

/** A path that names a language, and the same one that leaves it to the browser. */
function inAnyLanguage(path: string): string[] {
  return [path, ...LANGUAGES.map((language) => inLanguage(language, path))];
}

/** A crowd that asks within one second gets one rendering, where no cache stands in front of the Worker. */
function renderOnce(key: string, now: number, render: () => string): string {
  const keyOfSecond = `${Math.floor(now / MS_PER_SECOND)} ${key}`;
  const known = rendered.get(keyOfSecond);
  if (known !== undefined) return known;
  const html = render();
  rendered.set(keyOfSecond, html);
  return html;
}

function toLanguage(c: Context<AppEnv>) {
  const { pathname, search } = new URL(c.req.url);
  c.header("Vary", "Accept-Language");
  c.header("Cache-Control", REDIRECT_CACHE);
  return c.redirect(inLanguage(languageOf(c).language, pathname) + search, 302);
}

/** What a browser sees at an address that leads nowhere. */
export function notFoundPage(c: Context<AppEnv>) {
  return messagePage(c, "notFound", 404);
}

async function messagePage(c: Context<AppEnv>, kind: "notFound" | "trouble", status: 404 | 500) {
  const { language, assets } = await prepare(c);
  const path = withoutLanguage(c.req.path);
  const html = toDocument(<MessagePage page={pageContext(language, assets)} kind={kind} path={path} />);
  return answerMessage(c, language, html, status);
}

/** Whether the request is a person's, who wants a page and not a problem in JSON. */
export function wantsPage(c: Context<AppEnv>): boolean {
  const asksForHtml = (c.req.header("accept") ?? "").includes("text/html");
  return c.req.method === "GET" && asksForHtml && !c.req.path.startsWith("/api/");
}

async function prepare(
  c: Context<AppEnv>,
): Promise<{ language: Language; negotiated: boolean; assets: AssetNames }> {
  return { ...languageOf(c), assets: await loadAssetNames(c.env) };
}

/** The language that the address names, else the browser's. */
function languageOf(c: Context<AppEnv>): { language: Language; negotiated: boolean } {
  const named = c.req.path.split("/", 2)[1] ?? "";
  if (isLanguage(named)) return { language: named, negotiated: false };
  return { language: negotiateLanguage(c.req.header("accept-language")), negotiated: true };
}
