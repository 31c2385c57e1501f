import { z } from "@hono/zod-openapi";
import { CURSOR_MAX_CHARS } from "../shared/limits.ts";

/** The query of a list that comes in pages. */
export const cursorQuery = z.object({
  cursor: z
    .string()
    .max(CURSOR_MAX_CHARS)
    .optional()
    .openapi({ description: "`nextCursor` of the last page" }),
});

/** The part of a page's schema that says how to go on. */
export const nextCursorSchema = {
  nextCursor: z.string().optional().openapi({ description: "Absent on the last page" }),
};
