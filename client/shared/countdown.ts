import { countdownOf, formatDuration } from "../../workers/pages/format.ts";
import type { Language } from "../../workers/pages/language.ts";
import { thresholdBetween } from "./announcer.ts";
import { element } from "./page.ts";

/** Writes a text only when it is another one, so that nothing is laid out or read out again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** The digits of a countdown, and its voice for whoever does not see them. */
export class CountdownView {
  readonly #units: Map<string, HTMLElement>;
  readonly #language: Language;
  #lastLeft = Number.NEGATIVE_INFINITY;

  constructor(root: ParentNode, language: Language) {
    this.#language = language;
    const units = root.querySelectorAll<HTMLElement>("[data-unit]");
    this.#units = new Map([...units].map((unit) => [unit.dataset["unit"] ?? "", unit]));
  }

  /** @param say how a threshold is announced; the last word on it is the caller's. */
  show(leftMs: number, say: (duration: string) => string): void {
    const left = countdownOf(leftMs);
    this.#set("days", String(left.days));
    this.#units.get("days")?.toggleAttribute("hidden", !left.showsDays);
    this.#units.get("hours")?.toggleAttribute("hidden", !left.showsHours);
    this.#set("hours", left.hours);
    this.#set("minutes", left.minutes);
    this.#set("seconds", left.seconds);
    const threshold = thresholdBetween(this.#lastLeft, leftMs);
    if (threshold !== undefined) announce(say(formatDuration(this.#language, threshold)));
    this.#lastLeft = leftMs;
  }

  #set(name: string, text: string): void {
    const digits = this.#units.get(name)?.querySelector("b");
    if (digits) setText(digits, text);
  }
}

/** Says something to a screen reader. */
export function announce(text: string): void {
  setText(element("announcer"), text);
}
