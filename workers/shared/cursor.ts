import { base64url } from "jose";
import { z } from "zod";
import { fieldError } from "./complaints.ts";
import { Refusal } from "./refusals.ts";

/** Where a page ended, in a list that is ordered by time and then by id. `at` is epoch milliseconds. */
export interface Position {
  at: number;
  id: string;
}

const positionSchema = z.tuple([z.int().min(0), z.string().min(1)]);

/** An opaque cursor, safe in a URL. */
export function encodeCursor({ at, id }: Position): string {
  return base64url.encode(JSON.stringify([at, id]));
}

/**
 * The position a cursor stands for; null for the first page.
 * @throws Refusal `invalid_request` for a cursor that no page gave out.
 */
export function decodeCursor(cursor: string | undefined): Position | null {
  if (cursor === undefined) return null;
  try {
    const [at, id] = positionSchema.parse(JSON.parse(new TextDecoder().decode(base64url.decode(cursor))));
    return { at, id };
  } catch {
    throw new Refusal("invalid_request", {
      errors: [fieldError("cursor", "not_cursor")],
    });
  }
}

/**
 * A page of `rows`, which were read one beyond `size` to learn whether there are more.
 * @param positionOf where the page ends when `row` is its last.
 */
export function pageOf<Row>(
  rows: readonly Row[],
  size: number,
  positionOf: (row: Row) => Position,
): { page: Row[]; nextCursor?: string } {
  const page = rows.slice(0, size);
  const last = page.at(-1);
  return rows.length > size && last ? { page, nextCursor: encodeCursor(positionOf(last)) } : { page };
}
