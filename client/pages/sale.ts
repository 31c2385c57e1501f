import type { SaleSeed } from "../../workers/pages/views/sale.tsx";
import { type Prove, PurchaseRunner } from "../sale/runner.ts";
import { SaleScreen } from "../sale/screen.ts";
import { phaseNow } from "../sale/looks.ts";
import { StockWatch } from "../sale/stock-watch.ts";
import { mayBuy } from "../sale/may-buy.ts";
import { ServerClock } from "../shared/clock.ts";
import { dropBrokenPictures, element, setUpPage } from "../shared/page.ts";
import { callAsUser, freshen, knownSession } from "../shared/session.ts";
import type { AccessBody } from "../shared/shop-api.ts";
import { callAt, tickEachSecond } from "../shared/ticker.ts";

/** Long enough before the start that a refresh is over by then, spread so that not all come at once. */
const FRESHEN_BEFORE_MS = 60_000;
const FRESHEN_SPREAD_MS = 30_000;
/** Between two questions whether the rules still say no, in milliseconds; stretched by chance up to twice that. */
const ACCESS_PAUSE_MS = 20_000;

const page = setUpPage();
dropBrokenPictures();

const article = document.querySelector<HTMLElement>("[data-sale]");
const seed = JSON.parse(article?.dataset["sale"] ?? "{}") as SaleSeed;
const clock = new ServerClock();
const screen = new SaleScreen(
  page,
  seed,
  (quantity) => runner.buy(quantity),
  () => runner.send({ type: "stop" }),
);
/** Most shoppers are never challenged, so what answers a challenge is fetched only for those who are. */
const prove: Prove = (challenge, signal) =>
  import("../challenge/prove.ts").then(
    (proof) =>
      proof.prove(challenge, {
        box: element("challenge"),
        language: document.documentElement.lang,
        signal,
        now: () => clock.now(),
      }),
    () => null,
  );
const runner = new PurchaseRunner(seed.id, clock, prove, show);
const watch = new StockWatch(
  seed.id,
  {
    startsAt: Date.parse(seed.startsAt),
    endsAt: Date.parse(seed.endsAt),
    remaining: seed.remaining,
    stock: seed.stock,
    isPaused: seed.phase === "paused",
  },
  clock,
  onStock,
);
let notEligible: string | undefined;
/** The start for which a call at that very moment is planned, and how to call it off. */
let planned = { startsAt: Number.NaN, callOff: () => {} };

function show(): void {
  const now = clock.now();
  const { sale } = watch;
  const moment = {
    phase: clock.isKnown ? phaseNow(sale, now) : seed.phase,
    attempt: runner.attempt,
    isLoggedIn: knownSession() !== undefined,
    isOnline: navigator.onLine,
    notEligible,
    now,
  };
  screen.show(moment, sale);
}

function onStock(): void {
  if (phaseNow(watch.sale, clock.now()) === "open" && mayBuy(runner.attempt, clock.now())) {
    runner.send({ type: "stock_back" });
  }
  planStart();
  show();
}

/** The button lights up at the very start, not at the next full second. */
function planStart(): void {
  const { startsAt } = watch.sale;
  if (planned.startsAt === startsAt || !clock.isSet || startsAt <= clock.now()) return;
  planned.callOff();
  const callOffStart = callAt(clock, startsAt, show);
  const early = FRESHEN_BEFORE_MS + Math.random() * FRESHEN_SPREAD_MS;
  const callOffFreshen = callAt(clock, startsAt - early, () => void freshen());
  planned = {
    startsAt,
    callOff: () => {
      callOffStart();
      callOffFreshen();
    },
  };
}

/**
 * Says before the start whether the rules let this shopper in, so that nobody waits in vain. A no is asked
 * about again: some rules let people in as time goes by.
 */
async function askAccess(): Promise<void> {
  if (seed.accessRules.length === 0 || !knownSession()) return;
  const answer = await callAsUser<AccessBody>("GET", `/api/spikes/${seed.id}/access`);
  if (answer.ok) {
    notEligible = answer.body.allowed ? undefined : screen.rule(answer.body.rule, answer.body.detail);
    show();
  }
  if (notEligible !== undefined) setTimeout(() => void askAccess(), ACCESS_PAUSE_MS * (1 + Math.random()));
}

/** What changes only with time or elsewhere: another tab's payment, a session that ended. */
async function lookAgain(): Promise<void> {
  if (document.visibilityState === "hidden") return;
  if (runner.attempt.kind === "held") await runner.readOrder(runner.attempt.order.orderId);
}

addEventListener("online", () => void watch.look().then(show));
addEventListener("offline", show);
document.addEventListener("visibilitychange", () => void lookAgain());
addEventListener("pageshow", (event) => void (event.persisted ? lookAgain() : undefined));

show();
watch.start();
tickEachSecond(clock, show);
void freshen().then(async () => {
  await Promise.all([runner.pickUp(), askAccess()]);
  show();
});
