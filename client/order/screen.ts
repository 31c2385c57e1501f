import { formatMoment, formatMoney, formatNumber } from "../../workers/pages/format.ts";
import type { Notice } from "../../workers/pages/words/live-words.ts";
import { CountdownView, setText } from "../shared/countdown.ts";
import { element, make, makeButton, makeLink, type PageSetup } from "../shared/page.ts";
import type { KnownOrderBody } from "../shared/shop-api.ts";
import type { OrderStatus, Remark } from "./order-watch.ts";

/** What the shopper is doing with the order at this moment. */
export type Doing = "nothing" | "paying" | "asking" | "cancelling";

export interface OrderActions {
  pay: () => void;
  askCancel: () => void;
  cancel: () => void;
  keep: () => void;
}

/** The order page's elements, and how an order looks on them. */
export class OrderScreen {
  readonly #page: PageSetup;
  readonly #actions: OrderActions;
  readonly #box = element("order");
  readonly #status = element("status");
  readonly #clock = element("order-clock");
  readonly #facts = element("order-facts");
  readonly #buttons = element("order-actions");
  readonly #countdown: CountdownView;
  #shown = "";

  constructor(page: PageSetup, actions: OrderActions) {
    this.#page = page;
    this.#actions = actions;
    this.#countdown = new CountdownView(this.#clock, page.language);
  }

  /** @param payBefore epoch milliseconds; undefined when it is not known or does not matter. */
  show(status: OrderStatus, doing: Doing, payBefore: number | undefined): void {
    // Rewriting what is there already would take the focus from a button and speak it all again.
    const what = status.kind === "recording" ? [status.kind, status.remark] : status;
    const key = JSON.stringify([what, doing, navigator.onLine]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#box.setAttribute("aria-busy", String(status.kind === "loading"));
    if (status.kind === "loading") return;
    this.#box.dataset["state"] = status.kind === "known" ? status.order.state : status.kind;
    const order = status.kind === "known" ? status.order : undefined;
    this.#showNotice(this.#noticeOf(status, doing), "remark" in status ? status.remark : undefined);
    this.#facts.hidden = !order;
    if (order) {
      setText(element("order-title"), order.spikeTitle);
      this.#showFacts(order);
    }
    this.#clock.hidden = payBefore === undefined;
    this.#showButtons(status, doing);
  }

  /** @param leftMs until the reservation ends. */
  tick(leftMs: number): void {
    if (!this.#clock.hidden) this.#countdown.show(leftMs, this.#page.words.announce.payWithin);
  }

  #noticeOf(status: Exclude<OrderStatus, { kind: "loading" }>, doing: Doing): Notice {
    const { order, sale } = this.#page.words;
    if (doing === "asking") return order.askCancel;
    switch (status.kind) {
      case "anonymous":
        return order.anonymous;
      case "missing":
        return order.missing;
      case "recording":
        return order.recording;
      case "unreachable":
        return navigator.onLine ? order.noAnswer : sale.offline;
      case "known":
        return order[status.order.state];
    }
  }

  #showNotice({ title, text }: Notice, remark: Remark | undefined): void {
    const parts = [make("strong", "", title), make("span", "", text)];
    const said = remark && this.#remarkOf(remark);
    if (said) parts.push(make("span", "remark", `${said.title}. ${said.text}`));
    this.#status.replaceChildren(...parts);
  }

  #remarkOf(remark: Remark): Notice {
    const { order, sale } = this.#page.words;
    switch (remark) {
      case "changed":
        return order.changed;
      case "refunded":
        return order.refunded;
      case "unreachable":
        return navigator.onLine ? order.noAnswer : sale.offline;
      case "failed":
        return order.failed;
    }
  }

  #showFacts(order: KnownOrderBody): void {
    const { language, words, to } = this.#page;
    const moment = (text: string) => {
      const time = make("time", "", formatMoment(language, Date.parse(text)));
      time.dateTime = text;
      return time;
    };
    const facts: [string, Node][] = [
      [words.order.item, makeLink(to(`/spikes/${order.spikeId}`), order.spikeTitle)],
      [words.order.quantity, document.createTextNode(formatNumber(language, order.quantity))],
      [words.order.amount, document.createTextNode(formatMoney(language, order.amountMinor, order.currency))],
      [words.order.placed, moment(order.createdAt)],
    ];
    if (order.state === "reserved") facts.push([words.order.payBefore, moment(order.payBefore)]);
    facts.push([words.order.number, make("code", "", order.id)]);
    this.#facts.replaceChildren(
      ...facts.map(([name, value]) => {
        const row = make("div");
        const said = make("dd");
        said.append(value);
        row.append(make("dt", "", name), said);
        return row;
      }),
    );
  }

  #showButtons(status: OrderStatus, doing: Doing): void {
    const { words, to, loginHref } = this.#page;
    const buttons: HTMLElement[] = [];
    if (status.kind === "anonymous") buttons.push(makeLink(loginHref, words.buttons.enter, "button"));
    if (status.kind === "recording" || (status.kind === "known" && status.order.state === "reserved")) {
      buttons.push(...(doing === "asking" ? this.#confirmation() : this.#choices(doing)));
    } else if (status.kind === "known") {
      buttons.push(makeLink(to(`/spikes/${status.order.spikeId}`), words.buttons.sale, "button quiet"));
    }
    const hadFocus = this.#buttons.contains(document.activeElement);
    this.#buttons.hidden = buttons.length === 0;
    this.#buttons.replaceChildren(...buttons);
    if (hadFocus) buttons.find((button) => !(button as HTMLButtonElement).disabled)?.focus();
  }

  #choices(doing: Doing): HTMLElement[] {
    const { words } = this.#page;
    const pay = makeButton(doing === "paying" ? words.buttons.paying : words.buttons.pay, this.#actions.pay);
    const label = doing === "cancelling" ? words.buttons.cancelling : words.buttons.cancel;
    const cancel = makeButton(label, this.#actions.askCancel, "button quiet");
    for (const button of [pay, cancel]) button.disabled = doing !== "nothing";
    pay.toggleAttribute("data-busy", doing === "paying");
    return [pay, cancel];
  }

  #confirmation(): HTMLElement[] {
    const { words } = this.#page;
    return [
      makeButton(words.buttons.keep, this.#actions.keep),
      makeButton(words.buttons.cancel, this.#actions.cancel, "button danger"),
    ];
  }
}
