/** Where Cloudflare Turnstile's script and frame come from. */
const TURNSTILE_ORIGIN = "https://challenges.cloudflare.com";

/**
 * What a page may load: our own files and nothing else, no inline script or style, no frame around it.
 * @param pictures addresses of the pictures a page shows; those of other hosts allow exactly their hosts.
 * @param mayShowTurnstile lets Turnstile's widget in, for a shop that is configured to ask for it.
 */
export function contentSecurityPolicy(
  pictures: readonly (string | undefined)[] = [],
  mayShowTurnstile = false,
): string {
  const hosts = new Set(pictures.map(hostOf).filter((host) => host !== null));
  return [
    "default-src 'none'",
    mayShowTurnstile ? `script-src 'self' ${TURNSTILE_ORIGIN}` : "script-src 'self'",
    ...(mayShowTurnstile ? [`frame-src ${TURNSTILE_ORIGIN}`] : []),
    "style-src 'self'",
    ["img-src 'self'", ...hosts].join(" "),
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function hostOf(address: string | undefined): string | null {
  const url = address === undefined ? null : URL.parse(address);
  return url?.protocol === "https:" ? url.origin : null;
}

/** Sent with every page; `public/_headers` says the same for the static ones. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
};
