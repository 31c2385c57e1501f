import { parseOrderId } from "../../workers/shared/ids.ts";
import { withoutLanguage } from "../../workers/pages/language.ts";
import { afterChange, afterLook, nextLookMs, type OrderStatus } from "../order/order-watch.ts";
import { type Doing, OrderScreen } from "../order/screen.ts";
import { rememberedPayBefore } from "../sale/remembered.ts";
import { ServerClock } from "../shared/clock.ts";
import { call } from "../shared/http.ts";
import { setUpPage } from "../shared/page.ts";
import { callAsUser, knownSession } from "../shared/session.ts";
import type { KnownOrderBody, OrderBody, StockBody } from "../shared/shop-api.ts";
import { tickEachSecond } from "../shared/ticker.ts";

const page = setUpPage();
const orderId = withoutLanguage(location.pathname).split("/")[2] ?? "";
const path = `/api/orders/${encodeURIComponent(orderId)}`;
const clock = new ServerClock();
const screen = new OrderScreen(page, {
  pay: () => void change("paying"),
  askCancel: () => doNow("asking"),
  cancel: () => void change("cancelling"),
  keep: () => doNow("nothing"),
});

/** While the server's clock is not known, nobody knows how long "later" is: the next look is soon. Milliseconds. */
const CLOCK_UNKNOWN_MS = 3_000;

let status: OrderStatus = { kind: "loading" };
let doing: Doing = "nothing";
let timer: ReturnType<typeof setTimeout> | undefined;

function doNow(next: Doing): void {
  doing = next;
  show();
}

function show(): void {
  screen.show(status, doing, payBefore());
}

/** Epoch milliseconds, while there is something to pay. Before the order is recorded, only this browser knows it. */
function payBefore(): number | undefined {
  if (status.kind === "recording") return rememberedPayBefore(orderId);
  if (status.kind !== "known" || status.order.state !== "reserved") return undefined;
  return Date.parse(status.order.payBefore);
}

function tick(now: number): void {
  const until = payBefore();
  if (until !== undefined) screen.tick(until - now);
}

function know(next: OrderStatus): void {
  status = next;
  show();
  planNextLook();
}

function planNextLook(): void {
  tick(clock.now());
  clearTimeout(timer);
  const pause = nextLookMs(status, clock.now());
  if (pause === undefined) return;
  timer = setTimeout(() => void look(), clock.isSet ? pause : Math.min(pause, CLOCK_UNKNOWN_MS));
}

async function look(): Promise<void> {
  if (!clock.isSet) void setClock();
  const answer = await callAsUser<OrderBody>("GET", path);
  // An answer from before the change under way would show the past.
  if (doing === "nothing" || doing === "asking") know(afterLook(status, answer));
}

/** Pays or cancels. Both may be sent again without harm, so an answer that never came only needs a look. */
async function change(what: "paying" | "cancelling"): Promise<void> {
  doing = what;
  const action = what === "paying" ? "payment" : "cancellation";
  if ("remark" in status) status = { ...status, remark: undefined };
  show();
  const after = afterChange(status, await callAsUser<KnownOrderBody>("POST", `${path}/${action}`));
  doing = "nothing";
  know(after.status);
  if (after.needsLook) await look();
}

/** The order's own answers carry no clock; its sale's stock does. An order's id begins with its sale's. */
async function setClock(): Promise<void> {
  const spikeId = parseOrderId(orderId)?.spikeId;
  if (spikeId === undefined) return;
  const sent = clock.steady();
  const answer = await call<StockBody>("GET", `/api/spikes/${spikeId}/stock`);
  if (!answer.ok) return;
  clock.add({ sent, received: clock.steady(), server: Date.parse(answer.body.serverTime) });
  // What was planned by another clock is planned anew.
  planNextLook();
}

function lookAgain(): void {
  if (document.visibilityState !== "visible" || !knownSession()) return;
  // The steady clock may have slept as well.
  clock.doubt();
  void look();
}

tickEachSecond(clock, tick);
document.addEventListener("visibilitychange", lookAgain);
addEventListener("online", lookAgain);
addEventListener("offline", show);

if (knownSession()) void look();
else know({ kind: "anonymous" });
