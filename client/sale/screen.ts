import type { SaleSeed } from "../../workers/pages/views/sale.tsx";
import { litWidth } from "../../workers/pages/meter.ts";
import { formatDuration, formatMoment, formatNumber } from "../../workers/pages/format.ts";
import { sentenceOfKind } from "../../workers/pages/words/rules.ts";
import { announce, CountdownView, setText } from "../shared/countdown.ts";
import { element, make, makeButton, makeLink, type PageSetup } from "../shared/page.ts";
import { recall, remember } from "../shared/storage.ts";
import type { KnownSale } from "./looks.ts";
import { type Action, type SaleMoment, type SaleView, type Sayings, viewOf } from "./view.ts";

const MS_PER_SECOND = 1_000;
/** The last stretch before the start, in milliseconds: the page shows that it is near. */
const NEAR_MS = 60_000;
/** More choices than this make a list too long to pick from. */
const CHOICES_MAX = 100;

/** The sale page's elements, and how a moment looks on them. Changes only what is different. */
export class SaleScreen {
  readonly #page: PageSetup;
  readonly #seed: SaleSeed;
  readonly #article = document.querySelector<HTMLElement>("[data-sale]") ?? document.body;
  readonly #times = this.#article.querySelectorAll<HTMLTimeElement>("[data-turn]");
  readonly #phase = element("phase");
  readonly #clockLabel = element("clock-label");
  readonly #stockText = element("stock-text");
  readonly #status = element("status");
  readonly #said = element("status-said");
  readonly #extra = element("status-extra");
  readonly #stop: HTMLButtonElement;
  readonly #button = element<HTMLButtonElement>("buy-button");
  readonly #quantity = element<HTMLSelectElement>("quantity");
  readonly #quantityBox = element("quantity-box");
  readonly #countdown: CountdownView;
  readonly #say: Sayings;
  #shownNotice = "";
  #lastPhase: string;

  constructor(page: PageSetup, seed: SaleSeed, onBuy: (quantity: number) => void, onStop: () => void) {
    this.#page = page;
    this.#seed = seed;
    this.#stop = makeButton(page.words.buttons.stop, onStop, "link");
    this.#stop.hidden = true;
    this.#status.append(this.#stop);
    this.#lastPhase = seed.phase;
    this.#countdown = new CountdownView(element("clock"), page.language);
    this.#say = {
      words: page.words,
      duration: (ms) => formatDuration(page.language, Math.max(1, Math.ceil(ms / MS_PER_SECOND))),
      timeToPay: formatDuration(page.language, seed.holdSeconds),
      rule: (kind, detail) => this.rule(kind, detail),
    };
    this.#button.addEventListener("click", () => onBuy(Number(this.#quantity.value) || 1));
    this.#offerQuantities();
  }

  /** The sentence of the rule that said no. A rule that combines others is said in the server's words. */
  rule(kind: string | undefined, detail: string | undefined): string {
    const sentence = kind && sentenceOfKind(this.#page.language, this.#seed.accessRules, kind);
    if (this.#page.language === "en") return detail ?? sentence ?? "";
    return sentence ?? detail ?? "";
  }

  show(moment: SaleMoment, sale: KnownSale): void {
    this.#showPhase(moment, sale);
    this.#showStock(sale);
    this.#showView(viewOf(moment, this.#say));
  }

  #offerQuantities(): void {
    const most = Math.min(this.#seed.maxPerUser, CHOICES_MAX);
    const options = Array.from({ length: most }, (_, index) => {
      const option = make("option", "", formatNumber(this.#page.language, index + 1));
      option.value = String(index + 1);
      return option;
    });
    this.#quantity.replaceChildren(...options);
    // Chosen before logging in, it is still chosen afterwards, so that buying is one tap.
    const place = `quantity.${this.#seed.id}`;
    const chosen = recall<number>(place);
    if (typeof chosen === "number" && chosen >= 1 && chosen <= most) this.#quantity.value = String(chosen);
    this.#quantity.addEventListener("change", () => remember(place, Number(this.#quantity.value)));
  }

  #showPhase({ phase, now }: SaleMoment, sale: KnownSale): void {
    const { words } = this.#page;
    const target = phase === "upcoming" ? sale.startsAt : sale.endsAt;
    const isNear = phase === "upcoming" && target - now <= NEAR_MS;
    this.#article.dataset["phase"] = phase;
    this.#article.toggleAttribute("data-near", isNear);
    this.#phase.dataset["phase"] = phase;
    setText(this.#phase, words.phase[phase]);
    const label = { upcoming: words.startsIn, ended: words.over }[phase as string] ?? words.endsIn;
    setText(this.#clockLabel, label);
    this.#showTimes({ startsAt: sale.startsAt, endsAt: sale.endsAt, next: target });
    const say = phase === "upcoming" ? words.announce.startsIn : words.announce.endsIn;
    if (phase !== "ended") this.#countdown.show(target - now, say);
    if (phase !== this.#lastPhase) this.#announceTurn(phase);
    this.#lastPhase = phase;
  }

  /** Where the reader is, in place of the server's UTC. A start or an end may be moved while the page is open. */
  #showTimes(turns: Record<string, number>): void {
    for (const time of this.#times) {
      const moment = turns[time.dataset["turn"] ?? ""];
      if (moment !== undefined) setText(time, formatMoment(this.#page.language, moment));
    }
  }

  #announceTurn(phase: string): void {
    const { announce: say } = this.#page.words;
    if (phase === "ended") announce(say.ended);
    else if (this.#lastPhase === "upcoming") announce(say.started);
  }

  #showStock({ remaining, stock }: KnownSale): void {
    const { language, words } = this.#page;
    setText(this.#stockText, words.stock(formatNumber(language, remaining), formatNumber(language, stock)));
    const lit = this.#article.querySelector(".meter-window");
    const width = String(litWidth(remaining, stock));
    if (lit?.getAttribute("width") !== width) lit?.setAttribute("width", width);
  }

  #showView({ action, tone, notice, extra, canChoose, canStop }: SaleView): void {
    this.#status.dataset["tone"] = tone;
    this.#quantity.disabled = !canChoose;
    this.#quantityBox.hidden =
      this.#seed.maxPerUser === 1 || action.kind === "order" || action.kind === "nothing";
    this.#showAction(action);
    // The countdown stands outside of what a screen reader follows, or it would speak each second.
    setText(this.#extra, extra);
    this.#stop.hidden = !canStop;
    const key = [notice.title, notice.text].join("|");
    if (key === this.#shownNotice) return;
    this.#shownNotice = key;
    this.#said.replaceChildren(make("strong", "", notice.title), make("p", "", notice.text));
  }

  #showAction(action: Action): void {
    const link = document.getElementById("buy-link");
    const isButton = action.kind === "buy";
    const hadFocus = document.activeElement === this.#button || document.activeElement === link;
    this.#button.hidden = !isButton;
    if (isButton) {
      link?.remove();
      setText(this.#button, action.label);
      // A busy button only looks disabled: a disabled one would lose the focus it was clicked with.
      this.#button.disabled = !action.enabled && !action.busy;
      this.#button.setAttribute("aria-disabled", String(action.busy));
      this.#button.toggleAttribute("data-busy", action.busy);
      return;
    }
    if (action.kind === "nothing") {
      link?.remove();
      return;
    }
    const { to, loginHref } = this.#page;
    const href = action.kind === "login" ? loginHref : to(`/orders/${action.orderId}`);
    if (link?.getAttribute("href") === href && link.textContent === action.label) return;
    const made = makeLink(href, action.label, "button");
    made.id = "buy-link";
    if (link) link.replaceWith(made);
    else this.#button.after(made);
    if (hadFocus) made.focus();
  }
}
