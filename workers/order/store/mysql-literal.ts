import { RowsRefused } from "./order-store.ts";

/** What needs no thought: no quote, no escape, nothing that a character set could read as one. */
const PLAIN_TEXT = /^[\w-]*$/;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const utf8 = new TextEncoder();

/**
 * A value as part of a statement's text, such that it can never become SQL, in whatever mode the server is: in
 * quotes only what has no character that could mean anything, every other text as the hexadecimal digits of its bytes.
 * @throws RowsRefused for what is no value of an order, so that it is never sent.
 */
export function literalOf(value: unknown): string {
  if (typeof value === "string") return PLAIN_TEXT.test(value) ? `'${value}'` : hexOf(value);
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  throw new RowsRefused(`a value is ${String(value)}, neither a text nor a number`);
}

/** The last one is remembered: orders that come together are of one sale, and have its title. */
let last = { text: "", literal: "''" };

function hexOf(text: string): string {
  if (text !== last.text) {
    let digits = "";
    for (const byte of utf8.encode(text)) digits += HEX[byte];
    last = { text, literal: `_utf8mb4 X'${digits}'` };
  }
  return last.literal;
}
