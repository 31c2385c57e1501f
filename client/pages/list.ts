import { formatMoment, formatNumber } from "../../workers/pages/format.ts";
import { litWidth } from "../../workers/pages/meter.ts";
import { setText } from "../shared/countdown.ts";
import { call } from "../shared/http.ts";
import { dropBrokenPictures, setUpPage } from "../shared/page.ts";
import type { SaleListBody } from "../shared/shop-api.ts";

/** Pause between two looks at the list, in milliseconds, stretched by chance up to SPREAD. */
const PAUSE_MS = 5_000;
const SPREAD = 1.5;

const { language, words } = setUpPage();

dropBrokenPictures();
for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-form]")) {
  showWhen(time, time.dataset["form"] === "opens", time.dateTime);
}

function showWhen(time: HTMLTimeElement, isAhead: boolean, moment: string): void {
  time.dateTime = moment;
  setText(time, (isAhead ? words.opens : words.until)(formatMoment(language, Date.parse(moment))));
}

async function look(): Promise<void> {
  if (document.visibilityState === "visible") {
    const answer = await call<SaleListBody>("GET", "/api/spikes");
    if (answer.ok) showSales(answer.body.spikes);
  }
  lookLater();
}

function lookLater(): void {
  setTimeout(() => void look(), PAUSE_MS * (1 + Math.random() * (SPREAD - 1)));
}

function showSales(sales: SaleListBody["spikes"]): void {
  // A list that was empty has nobody's place to keep, so the page with the first sale in it may come.
  if (!document.querySelector("[data-id]") && sales.length > 0) location.reload();
  for (const sale of sales) showSale(sale);
}

/** A sale keeps its place while somebody reads the list; its phase and its stock change where they stand. */
function showSale({ id, phase, remaining, stock, startsAt, endsAt }: SaleListBody["spikes"][number]): void {
  const card = document.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);
  const text = card?.querySelector(".stock-text");
  const label = card?.querySelector<HTMLElement>(".phase");
  if (!card || !text || !label) return;
  card.dataset["phase"] = phase;
  label.dataset["phase"] = phase;
  setText(label, words.phase[phase]);
  setText(text, words.stock(formatNumber(language, remaining), formatNumber(language, stock)));
  const time = card.querySelector<HTMLTimeElement>("time[data-form]");
  if (time) showWhen(time, phase === "upcoming", phase === "upcoming" ? startsAt : endsAt);
  card.querySelector(".meter-window")?.setAttribute("width", String(litWidth(remaining, stock)));
}

// A cache may still hold the empty page for a moment after the first sale is there.
if (document.querySelector("[data-id]")) void look();
else lookLater();
