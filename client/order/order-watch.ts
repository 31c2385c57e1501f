import type { Answer, Failure } from "../shared/answer.ts";
import type { KnownOrderBody, OrderBody } from "../shared/shop-api.ts";

/*
 * One order as its owner sees it, as a machine without a page: what the server answered goes in, what to
 * show and when to ask again comes out. All times are epoch milliseconds by the server's clock.
 */

export type OrderStatus =
  | { kind: "loading" }
  | { kind: "anonymous" }
  | { kind: "missing" }
  /** `seen` counts the looks that found it on its way. The ledger has it, so it can be paid all the same. */
  | { kind: "recording"; seen: number; remark?: Remark | undefined }
  | { kind: "known"; order: KnownOrderBody; remark: Remark | undefined }
  /** No answer came, and nothing was known before. */
  | { kind: "unreachable" };

/** Something to say beside the order's state. */
export type Remark = "changed" | "refunded" | "unreachable" | "failed";

/** How soon to look again while the order is being recorded: the first looks are quick, in milliseconds. */
const RECORDING_FIRST_MS = 500;
const RECORDING_MAX_MS = 3_000;
const UNREACHABLE_MS = 3_000;
/** The ledger lets an order expire a moment after its time; asking at that second would be too early. */
const EXPIRY_GRACE_MS = 1_500;

/** What is known after a look. An answer that says nothing leaves a known order as it was. */
export function afterLook(before: OrderStatus, answer: Answer<OrderBody>): OrderStatus {
  if (answer.ok) return fromBody(answer.body, before);
  const known = afterFailure(before, answer.failure);
  if (known) return known;
  return before.kind === "known" ? { ...before, remark: "unreachable" } : { kind: "unreachable" };
}

function fromBody(body: OrderBody, before: OrderStatus): OrderStatus {
  const said = "remark" in before ? before.remark : undefined;
  if ("recorded" in body) {
    const seen = before.kind === "recording" ? before.seen + 1 : 1;
    return { kind: "recording", seen, ...(said === "failed" && { remark: said }) };
  }
  const isOver = said === "unreachable" || (said === "failed" && body.state !== "reserved");
  return { kind: "known", order: body, remark: isOver ? undefined : said };
}

function afterFailure(before: OrderStatus, { code }: Failure): OrderStatus | undefined {
  if (code === "unauthenticated") return { kind: "anonymous" };
  if (code === "not_found") return before.kind === "known" ? before : { kind: "missing" };
  return undefined;
}

/** What is known after trying to pay or to cancel. `needsLook` when only the server can say how it stands. */
export function afterChange(
  before: OrderStatus,
  answer: Answer<KnownOrderBody>,
): { status: OrderStatus; needsLook: boolean } {
  if (answer.ok)
    return { status: { kind: "known", order: answer.body, remark: undefined }, needsLook: false };
  const { code, refunded } = answer.failure;
  if (before.kind !== "known" && before.kind !== "recording") return { status: before, needsLook: true };
  if (code === "order_state") {
    return { status: { ...before, remark: refunded ? "refunded" : "changed" }, needsLook: true };
  }
  const failed = afterFailure(before, answer.failure);
  if (failed) return { status: failed, needsLook: false };
  // Whatever went wrong: the next look says how the order stands, and this stays to be read.
  return { status: { ...before, remark: "failed" }, needsLook: true };
}

/** When to look again, in milliseconds from `now`; undefined when the order will not change by itself. */
export function nextLookMs(status: OrderStatus, now: number): number | undefined {
  switch (status.kind) {
    case "recording":
      return Math.min(RECORDING_MAX_MS, RECORDING_FIRST_MS * 2 ** (status.seen - 1));
    case "unreachable":
      return UNREACHABLE_MS;
    case "known": {
      if (status.remark === "unreachable") return UNREACHABLE_MS;
      if (status.order.state !== "reserved") return undefined;
      return Math.max(EXPIRY_GRACE_MS, Date.parse(status.order.payBefore) - now + EXPIRY_GRACE_MS);
    }
    case "loading":
    case "anonymous":
    case "missing":
      return undefined;
  }
}
