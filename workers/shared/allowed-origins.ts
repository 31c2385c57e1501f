import { shown } from "./shown.ts";
import { isPrivateOnTheWay } from "./webhook-destination.ts";

const HOW_TO_SET =
  'Set ALLOWED_ORIGINS under [vars] in wrangler.toml to whole origins separated by spaces, such as "https://shop.example"; ' +
  '"" for none.';

let parsed: { text: string; origins: ReadonlySet<string> } | undefined;

/**
 * Other sites whose pages may use the API from a browser: the variable ALLOWED_ORIGINS. The same text gives
 * the same set.
 * @throws Error that says how to set it.
 */
export function allowedOrigins(text: string): ReadonlySet<string> {
  if (parsed?.text === text) return parsed.origins;
  const origins = new Set(text.split(/[\s,]+/).filter((entry) => entry !== ""));
  for (const origin of origins) assertOrigin(origin);
  parsed = { text, origins };
  return origins;
}

/** Exactly as a browser sends it, or it would never match. No wildcard: a sale names whom it trusts. */
function assertOrigin(text: string): void {
  const url = URL.parse(text);
  if (!url || url.origin !== text || text.includes("*") || !isPrivateOnTheWay(url)) {
    throw new Error(`ALLOWED_ORIGINS holds ${shown(text)}, which is no https origin. ${HOW_TO_SET}`);
  }
}
