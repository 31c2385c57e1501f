import { inLanguage, isLanguage, type Language, withoutLanguage } from "../../workers/pages/language.ts";
import { LIVE_WORDS } from "../../workers/pages/words/live.ts";
import type { LiveWords } from "../../workers/pages/words/live-words.ts";
import { chooseLanguage, chosenLanguage } from "./chosen-language.ts";
import { knownSession, leave, onOtherSession } from "./session.ts";

/** The element with this id. A page without it is not the page this script was written for. */
export function element<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as Kind;
}

/** A new element with a class and a text. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = "",
  text = "",
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  if (text !== "") made.textContent = text;
  return made;
}

export function makeLink(href: string, text: string, className = ""): HTMLAnchorElement {
  const link = make("a", className, text);
  link.href = href;
  return link;
}

export function makeButton(text: string, onClick: () => void, className = "button"): HTMLButtonElement {
  const button = make("button", className, text);
  button.type = "button";
  button.addEventListener("click", onClick);
  return button;
}

/** What every page's script starts with: the language, who is logged in, and the way to each page. */
export interface PageSetup {
  language: Language;
  words: LiveWords;
  /** A path of ours in the page's language. */
  to: (path: string) => string;
  /** The login page, which leads back here. */
  loginHref: string;
}

export function setUpPage(): PageSetup {
  document.querySelector(".late")?.remove();
  const named = document.documentElement.lang.slice(0, 2);
  const language: Language = isLanguage(named) ? named : "en";
  const words = LIVE_WORDS[language];
  const to = (path: string) => inLanguage(language, path);
  const here = withoutLanguage(location.pathname);
  followLanguage(language, here);
  const setup = { language, words, to, loginHref: `${to("/login")}?next=${encodeURIComponent(here)}` };
  showAccount(setup, here);
  // What the page shows is somebody's, so it must not stay when somebody else has come.
  onOtherSession(() => location.reload());
  return setup;
}

/** Who once chose a language gets it, whatever the browser prefers and whoever made the link. */
function followLanguage(language: Language, here: string): void {
  const other = element<HTMLAnchorElement>("other-language");
  // One file stands for all orders: only the address says which one this is.
  other.href = inLanguage(language === "en" ? "zh" : "en", here) + location.search;
  other.addEventListener("click", () => chooseLanguage(language === "en" ? "zh" : "en"));
  const chosen = chosenLanguage();
  if (chosen !== undefined && chosen !== language) {
    location.replace(inLanguage(chosen, here) + location.search);
  }
}

function showAccount({ words, to, loginHref }: PageSetup, here: string): void {
  const box = element("account");
  const session = knownSession();
  if (!session) {
    const isForm = here === "/login" || here === "/register";
    const [link] = box.getElementsByTagName("a");
    if (link && !isForm) link.href = loginHref;
    return;
  }
  const logOut = makeButton(words.buttons.logout, () => void logOutAndGo(to("/")), "link");
  box.replaceChildren(make("span", "who", words.account.hello(session.username)), logOut);
}

async function logOutAndGo(target: string): Promise<void> {
  await leave();
  location.assign(target);
}

/** Takes away pictures that do not come: under each lies the drawing of its sale. */
export function dropBrokenPictures(): void {
  for (const picture of document.images) picture.decode().catch(() => picture.remove());
}
