/** @jsxImportSource hono/jsx */
import type { AssetNames } from "../asset-names.ts";
import { Brand } from "./spike-shape.tsx";

/** The sections of the dashboard, by their addresses. */
const SECTIONS = [
  ["/admin", "Sales"],
  ["/admin/orders", "Orders"],
  ["/admin/users", "Users"],
  ["/admin/blacklist", "Blacklist"],
  ["/admin/settings", "Settings"],
  ["/admin/audit", "Audit"],
] as const;

/** The frame of the dashboard: one file for all its addresses, with nothing in it that is anybody's. */
export function AdminPage({ assets }: { assets: AssetNames }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Spike admin</title>
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="preload" href={assets.font} as="font" type="font/woff2" crossorigin="" />
        <link rel="stylesheet" href={assets.styles} />
        <link rel="stylesheet" href={assets.adminStyles} />
        <script type="module" src={assets.scripts.admin} />
      </head>
      <body class="admin">
        <a class="skip" href="#content">
          Skip to content
        </a>
        <header class="head">
          <a class="brand" href="/admin">
            <Brand />
            <span>
              Spike <i>admin</i>
            </span>
          </a>
          <nav id="sections" aria-label="Dashboard">
            {SECTIONS.map(([href, name]) => (
              <a href={href}>{name}</a>
            ))}
          </nav>
          <span id="account">
            <a href="/login?next=/admin">Log in</a>
          </span>
        </header>
        <main id="content" tabindex={-1}>
          <div id="screen" aria-busy="true">
            <p role="status">Loading</p>
            <noscript>
              <p class="hint">The dashboard needs JavaScript.</p>
            </noscript>
          </div>
        </main>
        <div id="notices" role="status" aria-live="polite" />
      </body>
    </html>
  );
}
