import { parseOrderId } from "../shared/ids.ts";
import type { OrderPosition } from "./store/order-store.ts";

/** Longest cursor that can be one of ours, in characters: a 16-digit time, a 72-character id, base64. */
export const CURSOR_MAX_CHARS = 128;

const POSITION = /^(\d{1,16})\.([0-9a-z-]{1,72})$/;

/** A page's end as an opaque string that is safe in a URL. It holds nothing secret and grants nothing. */
export function encodeCursor(position: OrderPosition): string {
  return btoa(`${position.createdAt}.${position.orderId}`)
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** The position a cursor stands for, or null when it is not one of ours. */
export function decodeCursor(cursor: string): OrderPosition | null {
  if (cursor.length > CURSOR_MAX_CHARS || !/^[\w-]+$/.test(cursor)) return null;
  const [, time = "", orderId = ""] = POSITION.exec(decodeBase64Url(cursor)) ?? [];
  const createdAt = Number(time);
  if (!Number.isSafeInteger(createdAt) || parseOrderId(orderId) === null) return null;
  return { createdAt, orderId };
}

function decodeBase64Url(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return ""; // the wrong length for base64
  }
}
