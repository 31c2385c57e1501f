import { pause } from "./doors.ts";
import type { Receipt, Told } from "./evidence.ts";
import { between } from "./random.ts";
import { ask, reconnectPauseMs, type Visitor } from "./venue.ts";
import { orderAnswer } from "./wire.ts";

/** What a winner does with an order. */
export type Intent = "pay" | "cancel" | "walk_away";

/** A winner looks for the order at these intervals, in milliseconds; the last one repeats. */
const POLL_PAUSES_MS = [250, 500, 1_000, 2_000];
/** A winner whose payment is not answered gives up after this long. */
export const SETTLE_PATIENCE_MS = 300_000;

/** Waits until the order is in the database, if that does not take too long, then does with it what the winner intends. */
export async function settle(
  visitor: Visitor,
  receipt: Receipt,
  pollPath: string,
  intent: Intent,
): Promise<void> {
  const { random, venue } = visitor;
  await seeRecorded(visitor, pollPath);
  if (intent === "walk_away") return;
  await pause(between(random, 0, venue.manners.thinkMaxMs));
  receipt.told = await conclude(visitor, receipt.orderId, intent);
}

async function seeRecorded(visitor: Visitor, path: string): Promise<void> {
  const { measures, notes, manners } = visitor.venue;
  const wonAt = performance.now();
  for (let poll = 0; performance.now() - wonAt < manners.recordPatienceMs; poll++) {
    await pause(POLL_PAUSES_MS[Math.min(poll, POLL_PAUSES_MS.length - 1)] ?? 0);
    const heard = await ask(visitor, "poll", { method: "GET", path });
    if (heard.kind === "wait") await pause(heard.ms);
    if (heard.kind !== "ok" || heard.status === 202) continue;
    if (!orderAnswer.safeParse(heard.body).success) {
      notes.contradict("unexpected_answer", `poll: not an order: ${JSON.stringify(heard.body)}`);
    }
    measures.step("recorded", performance.now() - wonAt);
    notes.lastRecordedMs = Math.max(notes.lastRecordedMs, measures.sinceStartMs());
    return;
  }
}

/** Pays or cancels; a broken connection is followed by the same request, whose answer must be the same. */
async function conclude(visitor: Visitor, orderId: string, intent: "pay" | "cancel"): Promise<Told> {
  const { random, venue } = visitor;
  const [step, told] =
    intent === "pay" ? (["payment", "paid"] as const) : (["cancellation", "cancelled"] as const);
  const giveUpAt = performance.now() + SETTLE_PATIENCE_MS;
  let breakAfterMs = random() < venue.manners.breaks ? between(random, 0, BREAK_AFTER_MAX_MS) : undefined;
  for (let timesLost = 0; performance.now() < giveUpAt;) {
    const lost = breakAfterMs !== undefined;
    const heard = await ask(visitor, step, {
      method: "POST",
      path: `/api/orders/${orderId}/${step}`,
      breakAfterMs,
    });
    breakAfterMs = undefined;
    timesLost = heard.kind === "broken" ? timesLost + 1 : 0;
    if (lost || heard.kind === "broken") await pause(reconnectPauseMs(random, timesLost));
    else if (heard.kind === "wait") await pause(heard.ms);
    else if (heard.kind === "ok") {
      const order = orderAnswer.safeParse(heard.body);
      if (order.success && order.data.state === told) return told;
      venue.notes.contradict("unexpected_answer", `${step}: ${JSON.stringify(heard.body)}`);
      return "unsure";
    } else if (heard.kind === "no" && heard.code === "order_state") return "not_paid";
    else await pause(reconnectPauseMs(random, 1));
  }
  return "unsure";
}

/** A connection that is going to break does so within this time of sending, in milliseconds. */
export const BREAK_AFTER_MAX_MS = 60;
