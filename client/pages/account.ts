import { formatDuration } from "../../workers/pages/format.ts";
import { withoutLanguage } from "../../workers/pages/language.ts";
import type { ComplaintCode, FieldError } from "../../workers/shared/complaints.ts";
import { setText } from "../shared/countdown.ts";
import type { Failure } from "../shared/answer.ts";
import { element, setUpPage } from "../shared/page.ts";
import { enter } from "../shared/session.ts";

const { language, words, to } = setUpPage();
const form = element<HTMLFormElement>("account-form");
const button = form.querySelector<HTMLButtonElement>("[type=submit]");
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

function showFailure({ code, errors, retryAfter = 1, detail }: Failure): void {
  for (const error of errors ?? []) {
    const field = FIELDS.find((name) => name === error.path);
    if (field) complain(field, wordsOf(error));
  }
  const message = {
    unauthenticated: words.account.wrong,
    rate_limited: words.account.tooOften(formatDuration(language, retryAfter)),
    network: navigator.onLine ? words.sale.trouble.title : words.sale.offline.title,
  }[code as string];
  if (message !== undefined) setText(element("form-error"), message);
  else if (!errors?.length) setText(element("form-error"), detail ?? words.sale.trouble.title);
  const first = FIELDS.find((field) => input(field).getAttribute("aria-invalid") === "true") ?? "password";
  input(first).focus();
}

async function submit(): Promise<void> {
  clearComplaints();
  const missing = FIELDS.filter((field) => input(field).value === "");
  for (const field of missing) complain(field, words.account.required);
  if (missing[0]) return input(missing[0]).focus();
  button?.setAttribute("disabled", "");
  const answer = await enter(kind, { username: input("username").value, password: input("password").value });
  if (answer.ok) return location.replace(target());
  button?.removeAttribute("disabled");
  showFailure(answer.failure);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void submit();
});
element<HTMLInputElement>("show-password").addEventListener("change", ({ target: box }) => {
  input("password").type = (box as HTMLInputElement).checked ? "text" : "password";
});
element<HTMLAnchorElement>("other-form").href += location.search;
button?.removeAttribute("disabled");
