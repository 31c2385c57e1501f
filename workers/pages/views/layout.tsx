/** @jsxImportSource hono/jsx */
import type { Child } from "hono/jsx";
import type { AssetNames, PageScript } from "../asset-names.ts";
import { inLanguage, type Language, LANGUAGE_TAGS, LANGUAGES } from "../language.ts";
import { LIVE_WORDS } from "../words/live.ts";
import type { LiveWords } from "../words/live-words.ts";
import { SITE_WORDS } from "../words/site.ts";
import type { SiteWords } from "../words/site-words.ts";
import { Brand, SpikeShape } from "./spike-shape.tsx";

/** What every page is made with. */
export interface PageContext {
  language: Language;
  words: SiteWords;
  /** What the scripts say as well. */
  live: LiveWords;
  assets: AssetNames;
}

interface LayoutProps {
  page: PageContext;
  title: string;
  description?: string;
  /** The page's own path without its language. */
  path: string;
  script?: PageScript;
  children?: Child;
}

/** The document around a page's content. */
export function Layout({ page, title, description, path, script, children }: LayoutProps) {
  const { language, words, assets } = page;
  return (
    <html lang={LANGUAGE_TAGS[language]}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        {description && <meta name="description" content={description} />}
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="preload" href={assets.font} as="font" type="font/woff2" crossorigin="" />
        <link rel="stylesheet" href={assets.styles} />
        {script && <script type="module" src={assets.scripts[script]} />}
        {LANGUAGES.map((other) => (
          <link rel="alternate" hreflang={LANGUAGE_TAGS[other]} href={inLanguage(other, path)} />
        ))}
      </head>
      <body>
        <a class="skip" href="#content">
          {words.skip}
        </a>
        <SpikeShape />
        <SiteHeader page={page} path={path} />
        <main id="content" tabindex={-1}>
          {children}
          {script && <p class="late needs-script">{words.late}</p>}
        </main>
        <footer class="foot">
          <p>{words.footer.promise}</p>
          <a href="/docs/">{words.footer.api}</a>
        </footer>
      </body>
    </html>
  );
}

function SiteHeader({ page: { language, words }, path }: { page: PageContext; path: string }) {
  const other: Language = language === "en" ? "zh" : "en";
  const to = (target: string) => inLanguage(language, target);
  return (
    <header class="head">
      <a class="brand" href={to("/")}>
        <Brand />
        <span>Spike</span>
      </a>
      <nav aria-label={words.nav.menu}>
        <a href={to("/")} aria-current={path === "/" ? "page" : undefined}>
          {words.nav.sales}
        </a>
        <a href={to("/orders")} aria-current={path === "/orders" ? "page" : undefined}>
          {words.nav.orders}
        </a>
        <span id="account">
          <a href={to("/login")} aria-current={path === "/login" ? "page" : undefined}>
            {words.nav.login}
          </a>
        </span>
      </nav>
      <a
        id="other-language"
        class="language"
        href={inLanguage(other, path)}
        lang={LANGUAGE_TAGS[other]}
        hreflang={LANGUAGE_TAGS[other]}
      >
        {words.otherLanguage}
      </a>
    </header>
  );
}

export function pageContext(language: Language, assets: AssetNames): PageContext {
  return { language, words: SITE_WORDS[language], live: LIVE_WORDS[language], assets };
}
