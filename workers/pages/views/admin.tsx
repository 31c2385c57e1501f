/** @jsxImportSource hono/jsx */
import type { AssetNames } from "../asset-names.ts";
import { Brand } from "./spike-shape.tsx";

/**
 * The frame of the dashboard: one file for all its addresses and languages, with nothing in it that is
 * anybody's. Its script puts the words in.
 */
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
        <a class="skip" id="skip" href="#content">
          Skip to content
        </a>
        <header class="head">
          <a class="brand" href="/admin">
            <Brand />
            <span>
              Spike <i id="admin-word" />
            </span>
          </a>
          <nav id="sections" aria-label="Dashboard" />
          <span id="account" />
          <span id="other-language" />
        </header>
        <main id="content" tabindex={-1}>
          <div id="screen" aria-busy="true">
            <noscript>
              <p class="hint">The dashboard needs JavaScript.</p>
              <p class="hint" lang="zh-CN">
                管理后台需要 JavaScript。
              </p>
            </noscript>
          </div>
        </main>
        <div id="notices" role="status" aria-live="polite" />
      </body>
    </html>
  );
}
