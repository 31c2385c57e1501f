import { waitUntil } from "cloudflare:workers";
import type { Context } from "hono";
import type { AppEnv } from "../edge/context.ts";
import { isUnchanged } from "../edge/conditional.ts";
import { FreshCache } from "../shared/fresh-cache.ts";
import { usesTurnstile } from "../spike/challenge/open-challenge.ts";
import { type AssetNames, ASSET_NAMES_PATH } from "./asset-names.ts";
import { type Language, LANGUAGE_TAGS } from "./language.ts";
import { contentSecurityPolicy, PAGE_HEADERS } from "./security.ts";

/**
 * A page is the same for everyone, so the cache in front of the Worker answers a reloading crowd. A
 * browser asks each time, and mostly hears that nothing has changed.
 */
const PAGE_CACHE = "public, max-age=0, s-maxage=1, stale-while-revalidate=5";

/** For good: they only change with a deploy. */
const assetNames = new FreshCache<AssetNames>({ max: 1, ttlMs: Infinity, waitUntil });

/** Where the browser's files are, asked once per isolate. */
export function loadAssetNames(env: Env): Promise<AssetNames> {
  return assetNames.get(ASSET_NAMES_PATH, () => readAssetNames(env));
}

async function readAssetNames(env: Env): Promise<AssetNames> {
  const response = await env.ASSETS.fetch(`https://assets.invalid${ASSET_NAMES_PATH}`);
  if (!response.ok) throw new Error(`${ASSET_NAMES_PATH}: ${response.status}; run "npm run build"`);
  return await response.json<AssetNames>();
}

/** A page as HTML, and what it is made of. */
export interface Page {
  language: Language;
  html: string;
  /** Names what the page says but for the clock. */
  state: string;
  /** Pictures it shows. */
  pictures: (string | undefined)[];
  /** On a sale's page shoppers may be challenged. */
  isSale?: boolean;
}

/** The page, or 304 for a browser that has it. `negotiated` when the language was the browser's wish. */
export function answerPage(
  c: Context<AppEnv>,
  { language, html, state, pictures, isSale = false }: Page,
  negotiated: boolean,
) {
  setPageHeaders(c, language, contentSecurityPolicy(pictures, isSale && usesTurnstile(c.env)));
  if (negotiated) c.header("Vary", "Accept-Language");
  if (isUnchanged(c, { cacheControl: PAGE_CACHE, state: `${language} ${state}` })) {
    return c.body(null, 304);
  }
  return c.html(html);
}

/** A page that says that something went wrong: never kept. */
export function answerMessage(c: Context<AppEnv>, language: Language, html: string, status: 404 | 500) {
  setPageHeaders(c, language, contentSecurityPolicy());
  c.header("Cache-Control", "no-store");
  return c.html(html, status);
}

function setPageHeaders(c: Context<AppEnv>, language: Language, policy: string): void {
  for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value);
  c.header("Content-Security-Policy", policy);
  c.header("Content-Language", LANGUAGE_TAGS[language]);
}
