import { formatDuration } from "../../workers/pages/format.ts";
import { withoutLanguage } from "../../workers/pages/language.ts";
import type { ComplaintCode, FieldError } from "../../workers/shared/complaints.ts";
import { setText } from "../shared/countdown.ts";
import type { Failure } from "../shared/answer.ts";
import { element, setUpPage } from "../shared/page.ts";
import { enter, knownSession } from "../shared/session.ts";

const { language, words, to } = setUpPage();
const form = element<HTMLFormElement>("account-form");
const button = element<HTMLButtonElement>("submit");
const label = button.textContent;
let busy = false;
const kind = form.dataset["form"] === "register" ? "register" : "login";
const FIELDS = ["username", "password"] as const;
type Field = (typeof FIELDS)[number];

/**
 * Where the shopper came from: a path of ours, and nothing a link from elsewhere could slip in. Who was
 * quicker from one form to the other than the script that prepares the link has it in the page before.
 */
function target(): string {
  const next = nextOf(location.href) ?? nextOf(document.referrer) ?? "/";
  const url = URL.parse(next, location.origin);
  return url?.origin === location.origin ? to(withoutLanguage(url.pathname) + url.search) : to("/");
}

const nextOf = (address: string) => URL.parse(address)?.searchParams.get("next");

const input = (field: Field) => element<HTMLInputElement>(field);

function complain(field: Field, message: string): void {
  setText(element(`${field}-error`), message);
  input(field).setAttribute("aria-invalid", String(message !== ""));
}

function clearComplaints(): void {
  for (const field of FIELDS) complain(field, "");
  setText(element("form-error"), "");
}

/** A complaint in the page's language; one that it does not know in the API's words. */
function wordsOf({ code, limit = "", message }: FieldError): string {
  const known: Partial<Record<ComplaintCode, string>> = words.account.fields;
  return known[code]?.replace("#", String(limit)) ?? message;
}

function showFailure(failure: Failure): void {
  for (const error of failure.errors ?? []) {
    const field = FIELDS.find((name) => name === error.path);
    if (field) complain(field, wordsOf(error));
  }
  const first = FIELDS.find((field) => input(field).getAttribute("aria-invalid") === "true");
  if (first === undefined) setText(element("form-error"), reasonOf(failure));
  input(first ?? "password").focus();
}

/** Why the whole form was refused, in the page's language: the API's own words are for programs. */
function reasonOf({ code, retryAfter = 1 }: Failure): string {
  switch (code) {
    case "unauthenticated":
      return words.account.wrong;
    case "rate_limited":
      return words.account.tooOften(formatDuration(language, retryAfter));
    case "blacklisted":
      return words.account.blocked;
    case "overloaded":
    case "paused":
      return words.account.crowd;
    case "network":
      return navigator.onLine ? words.account.noAnswer : words.sale.offline.title;
    default:
      return words.account.failed;
  }
}

async function submit(): Promise<void> {
  if (busy) return;
  clearComplaints();
  const missing = FIELDS.filter((field) => input(field).value === "");
  for (const field of missing) complain(field, words.account.required);
  if (missing[0]) return input(missing[0]).focus();
  setBusy(true);
  const answer = await enter(kind, { username: input("username").value, password: input("password").value });
  // Who is logged in and cannot be remembered would come back to "Log in" for ever.
  if (answer.ok && knownSession()) return location.replace(target());
  setBusy(false);
  if (answer.ok) setText(element("form-error"), words.account.keepsNothing);
  else showFailure(answer.failure);
}

/** A busy button only looks disabled, so that it keeps the focus and a screen reader hears what it says. */
function setBusy(isBusy: boolean): void {
  busy = isBusy;
  button.setAttribute("aria-disabled", String(isBusy));
  button.toggleAttribute("data-busy", isBusy);
  setText(button, isBusy ? words.buttons.entering : label);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void submit();
});
element<HTMLInputElement>("show-password").addEventListener("change", ({ target: box }) => {
  input("password").type = (box as HTMLInputElement).checked ? "text" : "password";
});
element<HTMLAnchorElement>("other-form").href += location.search;
button.disabled = false;
