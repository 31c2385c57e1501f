/** @jsxImportSource hono/jsx */
import type { AssetNames } from "./asset-names.ts";
import { type Language, LANGUAGES } from "./language.ts";
import { AccountPage } from "./views/account.tsx";
import { AdminPage } from "./views/admin.tsx";
import { toDocument } from "./views/document.ts";
import { pageContext } from "./views/layout.tsx";
import { OrderPage, OrdersPage } from "./views/orders.tsx";

/** Pages that are the same for everyone until a script fills them: files, for which no Worker runs. */
const PAGES = ["login", "register", "orders", "order"] as const;

type StaticPage = (typeof PAGES)[number];

/** A file of the static site: its path below the folder of assets, and its text. */
export interface StaticFile {
  path: string;
  text: string;
}

/** Every static page in every language. `public/_redirects` and `public/_headers` say how they are served. */
export function staticSite(assets: AssetNames): StaticFile[] {
  const pages = LANGUAGES.flatMap((language) =>
    PAGES.map((name) => ({ path: `${language}/${name}.html`, text: render(name, language, assets) })),
  );
  return [...pages, { path: "admin.html", text: toDocument(<AdminPage assets={assets} />) }];
}

function render(name: StaticPage, language: Language, assets: AssetNames): string {
  const page = pageContext(language, assets);
  return toDocument(view(name, page));
}

function view(name: StaticPage, page: ReturnType<typeof pageContext>) {
  switch (name) {
    case "login":
    case "register":
      return <AccountPage page={page} form={name} />;
    case "orders":
      return <OrdersPage page={page} />;
    case "order":
      return <OrderPage page={page} />;
  }
}
