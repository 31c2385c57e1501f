import { formatMoment, formatMoney, formatNumber } from "../../workers/pages/format.ts";
import { ORDER_STATE_NAMES } from "../../workers/pages/words/order-states.ts";
import { element, make, makeButton, makeLink, setUpPage } from "../shared/page.ts";
import { callAsUser, knownSession } from "../shared/session.ts";
import type { KnownOrderBody, OrderBody, OrderListBody } from "../shared/shop-api.ts";

const page = setUpPage();
const { language, words, to } = page;
const list = element("orders");
const status = element("status");
const next = element("next");
const more = element<HTMLButtonElement>("more");
const again = makeButton(words.buttons.again, () => void load(), "button quiet");
const filters = element("filter");

let state = "";
let cursor: string | undefined;
/** Tells the newest request's answer from one that a click has overtaken. */
let asked = 0;

async function load(): Promise<void> {
  const mine = ++asked;
  const before = list.childElementCount;
  next.querySelector(".button")?.toggleAttribute("data-busy", true);
  if (before === 0) say("", words.order.loading);
  const query = new URLSearchParams({ ...(state && { state }), ...(cursor && { cursor }) });
  const answer = await callAsUser<OrderListBody>("GET", `/api/orders?${query}`);
  if (mine !== asked) return;
  if (!answer.ok) return showFailure(answer.failure.code);
  cursor = answer.body.nextCursor;
  list.append(...answer.body.orders.map(row));
  // Who asked for more by keyboard goes on reading where the new ones begin.
  if (next.contains(document.activeElement)) list.children[before]?.querySelector("a")?.focus();
  offer(cursor === undefined ? undefined : more);
  for (const order of answer.body.orders) if (order.state === "reserved") void confirm(order);
  if (list.childElementCount > 0) status.replaceChildren();
  else say(words.order.none.title, words.order.none.text);
}

/** The list may lag a moment behind; an order by itself is answered as it stands. */
async function confirm({ id }: KnownOrderBody): Promise<void> {
  const answer = await callAsUser<OrderBody>("GET", `/api/orders/${id}`);
  if (!answer.ok || answer.body.state === "reserved") return;
  const shown = list.querySelector(`[data-order="${CSS.escape(id)}"]`);
  if ("recorded" in answer.body) return;
  if (state === "") shown?.replaceWith(row(answer.body));
  else shown?.remove();
}

/** What can be done below the list: see more, try again, log in. */
function offer(what: HTMLElement | undefined): void {
  const hadFocus = next.contains(document.activeElement);
  if (what) what.hidden = false;
  what?.toggleAttribute("data-busy", false);
  next.replaceChildren(...(what ? [what] : []));
  if (hadFocus) what?.focus();
}

function showFailure(code: string): void {
  if (code === "unauthenticated") {
    filters.hidden = true;
    say(words.order.anonymous.title, words.order.anonymous.text);
    return offer(makeLink(page.loginHref, words.buttons.enter, "button"));
  }
  const notice = navigator.onLine ? words.order.listTrouble : words.sale.offline;
  say(notice.title, notice.text);
  offer(again);
}

function say(title: string, text: string): void {
  const parts = title === "" ? [] : [make("strong", "", title)];
  status.replaceChildren(...parts, make("span", "", text));
}

function row(order: KnownOrderBody): HTMLLIElement {
  const item = make("li", "order-row");
  item.dataset["order"] = order.id;
  const link = makeLink(to(`/orders/${order.id}`), order.spikeTitle, "order-name");
  const badge = make("span", "badge", ORDER_STATE_NAMES[language][order.state]);
  badge.dataset["state"] = order.state;
  const placed = make("time", "", formatMoment(language, Date.parse(order.createdAt)));
  placed.dateTime = order.createdAt;
  const amount = make("span", "amount", formatMoney(language, order.amountMinor, order.currency));
  const count = make("span", "count", `× ${formatNumber(language, order.quantity)}`);
  item.append(badge, link, count, placed, amount);
  return item;
}

function choose(button: HTMLButtonElement): void {
  for (const other of filters.querySelectorAll("button")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
  state = button.dataset["state"] ?? "";
  cursor = undefined;
  list.replaceChildren();
  void load();
}

for (const button of filters.querySelectorAll("button"))
  button.addEventListener("click", () => choose(button));
more.addEventListener("click", () => void load());
addEventListener("online", () => {
  if (list.childElementCount === 0) void load();
});
if (knownSession()) void load();
else showFailure("unauthenticated");
