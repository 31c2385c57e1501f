/** @jsxImportSource hono/jsx/dom */
import { render } from "hono/jsx/dom";
import type { FC } from "hono/jsx";
import { formatNumber } from "../../workers/pages/format.ts";
import { LANGUAGE_TAGS } from "../../workers/pages/language.ts";
import { element, make, makeButton, makeLink } from "../shared/page.ts";
import { callAsUser, freshen, knownSession, leave } from "../shared/session.ts";
import { chooseLanguage } from "../shared/chosen-language.ts";
import { WORDS } from "./dashboard-words.ts";
import type { HealthBody, MeBody } from "../shared/shop-api.ts";
import { reason } from "./shared/calls.ts";
import { LANGUAGE, shopPath } from "./shared/language.ts";

/** Where the login page leads back to. */
const LOGIN_HREF = `${shopPath("/login")}?next=${encodeURIComponent(location.pathname)}`;
/** An open dashboard keeps its session fresh, looking this often, in milliseconds. */
const FRESHEN_EVERY_MS = 60_000;

interface ScreenProps {
  /** The part of the address that names one thing; empty where the address names none. */
  id: string;
}

type Screen = FC<ScreenProps>;

interface Route {
  pattern: RegExp;
  title: string;
  load: () => Promise<{ Screen: Screen }>;
}

/** Every address of the dashboard. A screen's code is loaded with the screen. */
const ROUTES: Route[] = [
  { pattern: /^\/admin\/?$/, title: WORDS.titles.sales, load: () => import("./sales/list.tsx") },
  { pattern: /^\/admin\/sales\/new$/, title: WORDS.titles.newSale, load: () => import("./sales/create.tsx") },
  {
    pattern: /^\/admin\/sales\/([^/]+)\/edit$/,
    title: WORDS.titles.editSale,
    load: () => import("./sales/edit.tsx"),
  },
  {
    pattern: /^\/admin\/sales\/([^/]+)\/settings$/,
    title: WORDS.titles.saleSettings,
    load: () => import("./sales/own-settings.tsx"),
  },
  { pattern: /^\/admin\/sales\/([^/]+)$/, title: WORDS.titles.sale, load: () => import("./live/sale.tsx") },
  { pattern: /^\/admin\/orders$/, title: WORDS.titles.orders, load: () => import("./people/orders.tsx") },
  { pattern: /^\/admin\/users$/, title: WORDS.titles.users, load: () => import("./people/users.tsx") },
  {
    pattern: /^\/admin\/blacklist$/,
    title: WORDS.titles.blacklist,
    load: () => import("./people/blacklist.tsx"),
  },
  { pattern: /^\/admin\/settings$/, title: WORDS.titles.settings, load: () => import("./settings.tsx") },
  { pattern: /^\/admin\/webhooks$/, title: WORDS.titles.webhooks, load: () => import("./webhooks/list.tsx") },
  {
    pattern: /^\/admin\/webhooks\/([^/]+)$/,
    title: WORDS.titles.webhooks,
    load: () => import("./webhooks/endpoint.tsx"),
  },
  { pattern: /^\/admin\/repair$/, title: WORDS.titles.repair, load: () => import("./repair/screen.tsx") },
  { pattern: /^\/admin\/audit$/, title: WORDS.titles.audit, load: () => import("./audit.tsx") },
];

const REPAIR_HREF = "/admin/repair";

/** The sections in the order of the menu. */
const SECTIONS = [
  ["/admin", WORDS.sections.sales],
  ["/admin/orders", WORDS.sections.orders],
  ["/admin/users", WORDS.sections.users],
  ["/admin/blacklist", WORDS.sections.blacklist],
  ["/admin/settings", WORDS.sections.settings],
  ["/admin/webhooks", WORDS.sections.webhooks],
  [REPAIR_HREF, WORDS.sections.repair],
  ["/admin/audit", WORDS.sections.audit],
] as const;

/** Finds out who is there and shows the screen that the address names. */
export async function startDashboard(): Promise<void> {
  showFrame();
  await freshen();
  const me = await callAsUser<MeBody>("GET", "/api/users/me");
  if (!me.ok) {
    if (me.failure.code !== "unauthenticated") return say(WORDS.noAnswer, reason(me.failure));
    return say(WORDS.adminsOnly, WORDS.adminsOnlyText, WORDS.logIn);
  }
  showAccount(me.body.username);
  if (me.body.role !== "admin") {
    return say(WORDS.forbidden, WORDS.forbiddenText(me.body.username), WORDS.somebodyElse);
  }
  setInterval(() => void freshen(), FRESHEN_EVERY_MS);
  void showDeadLetters();
  await showScreen();
}

/** Says in the menu how many messages could not be recorded. */
async function showDeadLetters(): Promise<void> {
  const health = await callAsUser<HealthBody>("GET", "/health");
  const letters = health.ok ? (health.body.deadLetters ?? 0) : 0;
  if (letters === 0) return;
  const link = element("sections").querySelector(`a[href="${REPAIR_HREF}"]`);
  link?.append(` (${formatNumber(LANGUAGE, letters)})`);
}

async function showScreen(): Promise<void> {
  for (const { pattern, title, load } of ROUTES) {
    const match = pattern.exec(location.pathname);
    if (!match) continue;
    document.title = WORDS.documentTitle(title);
    const { Screen } = await load();
    const root = element("screen");
    root.replaceChildren();
    root.removeAttribute("aria-busy");
    render(<Screen id={match[1] ?? ""} />, root);
    return;
  }
  say(WORDS.nothing, WORDS.nothingText);
}

function say(title: string, text: string, action?: string): void {
  const box = make("div", "narrow message");
  box.append(make("h1", "", title), make("p", "lead", text));
  if (action !== undefined) box.append(makeLink(LOGIN_HREF, action, "button"));
  element("screen").replaceChildren(box);
  element("screen").removeAttribute("aria-busy");
}

/** The menu and everything else around a screen, in the reader's language. */
function showFrame(): void {
  document.documentElement.lang = LANGUAGE_TAGS[LANGUAGE];
  element("skip").textContent = WORDS.skip;
  element("admin-word").textContent = WORDS.admin;
  const menu = element("sections");
  menu.setAttribute("aria-label", WORDS.sections.label);
  menu.replaceChildren(...SECTIONS.map(([href, name]) => makeLink(href, name)));
  markWhereWeAre(menu);
  element("account").replaceChildren(makeLink(LOGIN_HREF, WORDS.logIn));
  const other = LANGUAGE === "en" ? "zh" : "en";
  const change = makeButton(
    WORDS.otherLanguage,
    () => {
      chooseLanguage(other);
      location.reload();
    },
    "link language",
  );
  change.lang = LANGUAGE_TAGS[other];
  element("other-language").replaceChildren(change);
}

/** Marks the section that the address belongs to. */
function markWhereWeAre(menu: HTMLElement): void {
  const [, , section = ""] = location.pathname.split("/");
  const href = section === "" || section === "sales" ? "/admin" : `/admin/${section}`;
  for (const link of menu.querySelectorAll("a")) {
    if (link.getAttribute("href") !== href) continue;
    link.setAttribute("aria-current", "page");
    // On a phone the sections slide.
    link.scrollIntoView({ block: "nearest", inline: "center" });
  }
}

function showAccount(username: string): void {
  const name = make("span", "who", knownSession()?.username ?? username);
  element("account").replaceChildren(
    name,
    makeButton(WORDS.logOut, () => void logOut(), "link"),
  );
}

async function logOut(): Promise<void> {
  await leave();
  location.assign(shopPath("/"));
}
