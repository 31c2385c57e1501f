/** @jsxImportSource hono/jsx/dom */
import { render } from "hono/jsx/dom";
import type { FC } from "hono/jsx";
import { element, make, makeButton, makeLink } from "../shared/page.ts";
import { callAsUser, freshen, knownSession, leave } from "../shared/session.ts";
import { reason } from "./shared/calls.ts";

/** Where the login page leads back to. */
const LOGIN_HREF = `/login?next=${encodeURIComponent(location.pathname)}`;
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
  { pattern: /^\/admin\/?$/, title: "Sales", load: () => import("./sales/list.tsx") },
  { pattern: /^\/admin\/sales\/new$/, title: "New sale", load: () => import("./sales/create.tsx") },
  { pattern: /^\/admin\/sales\/([^/]+)\/edit$/, title: "Edit sale", load: () => import("./sales/edit.tsx") },
  { pattern: /^\/admin\/sales\/([^/]+)$/, title: "Sale", load: () => import("./live/sale.tsx") },
  { pattern: /^\/admin\/orders$/, title: "Orders", load: () => import("./people/orders.tsx") },
  { pattern: /^\/admin\/users$/, title: "Users", load: () => import("./people/users.tsx") },
  { pattern: /^\/admin\/blacklist$/, title: "Blacklist", load: () => import("./people/blacklist.tsx") },
  { pattern: /^\/admin\/settings$/, title: "Settings", load: () => import("./settings.tsx") },
  { pattern: /^\/admin\/audit$/, title: "Audit log", load: () => import("./audit.tsx") },
];

interface Me {
  username: string;
  role: "shopper" | "admin";
}

/** Finds out who is there and shows the screen that the address names. */
export async function startDashboard(): Promise<void> {
  markWhereWeAre();
  await freshen();
  const me = await callAsUser<Me>("GET", "/api/users/me");
  if (!me.ok) {
    if (me.failure.code !== "unauthenticated") return say("No answer", reason(me.failure));
    return say("Admins only", "Log in with an admin's account to see the dashboard.", "Log in");
  }
  showAccount(me.body.username);
  if (me.body.role !== "admin") {
    const text = `You are logged in as ${me.body.username}, and that account is a shopper's. An admin can change its role; the change shows after the next login.`;
    return say("This account may not do that", text, "Log in as somebody else");
  }
  setInterval(() => void freshen(), FRESHEN_EVERY_MS);
  await showScreen();
}

async function showScreen(): Promise<void> {
  for (const { pattern, title, load } of ROUTES) {
    const match = pattern.exec(location.pathname);
    if (!match) continue;
    document.title = `${title} · Spike admin`;
    const { Screen } = await load();
    const root = element("screen");
    root.replaceChildren();
    root.removeAttribute("aria-busy");
    render(<Screen id={match[1] ?? ""} />, root);
    return;
  }
  say("Nothing here", "This address leads nowhere in the dashboard.");
}

function say(title: string, text: string, action?: string): void {
  const box = make("div", "narrow message");
  box.append(make("h1", "", title), make("p", "lead", text));
  if (action !== undefined) box.append(makeLink(LOGIN_HREF, action, "button"));
  element("screen").replaceChildren(box);
  element("screen").removeAttribute("aria-busy");
}

/** Marks the section that the address belongs to. */
function markWhereWeAre(): void {
  const [, , section = ""] = location.pathname.split("/");
  const href = section === "" || section === "sales" ? "/admin" : `/admin/${section}`;
  for (const link of element("sections").querySelectorAll("a")) {
    if (link.getAttribute("href") === href) link.setAttribute("aria-current", "page");
  }
}

function showAccount(username: string): void {
  const name = make("span", "who", knownSession()?.username ?? username);
  element("account").replaceChildren(
    name,
    makeButton("Log out", () => void logOut(), "link"),
  );
}

async function logOut(): Promise<void> {
  await leave();
  location.assign("/");
}
