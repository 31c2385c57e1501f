import { z } from "@hono/zod-openapi";
import type { z as zod } from "zod";
import { type ComplaintCode, COMPLAINTS } from "../shared/complaints.ts";
import { EXPLANATION_CODES } from "../shared/explanations.ts";
import { REFUSALS, type RefusalCode } from "../shared/refusals.ts";

/** Documents what a `challenge_required` refusal asks for; docs/challenge.md says how to answer. */
const challengeSchema = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("altcha"),
      parameters: z.record(z.string(), z.unknown()),
      signature: z.string(),
    }),
    z.object({
      kind: z.literal("turnstile"),
      siteKey: z.string(),
      action: z.string(),
      cData: z.string(),
    }),
  ])
  .openapi("Challenge");

/** Why, for programs and pages in other languages; the text beside it says the same in English. */
export const explanationSchema = z
  .object({
    code: z.enum(EXPLANATION_CODES),
    values: z
      .array(z.string())
      .optional()
      .openapi({ description: "What it is about, such as an order's id" }),
  })
  .openapi("Explanation");

const fieldErrorSchema = z.object({
  path: z.string(),
  code: z.enum(Object.keys(COMPLAINTS) as [ComplaintCode, ...ComplaintCode[]]),
  limit: z.union([z.number(), z.string()]).optional().openapi({ description: "What it was held against" }),
  message: z.string().openapi({ description: "The code in English words" }),
});

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(REFUSALS) as [RefusalCode, ...RefusalCode[]]),
    detail: z.string(),
    explanation: explanationSchema.optional(),
    requestId: z.string(),
    retryAfter: z.number().optional(),
    errors: z.array(fieldErrorSchema).optional(),
    rule: z.string().optional(),
    orderId: z.string().optional(),
    startsAt: z.string().optional(),
    serverTime: z.string().optional(),
    challenge: challengeSchema.optional(),
    refunded: z.boolean().optional(),
  })
  .openapi("Problem");

interface ProblemContent {
  description: string;
  content: { "application/problem+json": { schema: typeof problemSchema } };
}

type StatusOf<Code extends RefusalCode> = (typeof REFUSALS)[Code]["status"];

/** The `responses` entries of a route that may refuse with these codes. */
export function refusals<Code extends RefusalCode>(...codes: Code[]) {
  const byStatus: Record<number, ProblemContent> = {};
  for (const code of codes) {
    const { status } = REFUSALS[code];
    const description = [byStatus[status]?.description, code].filter(Boolean).join(", ");
    byStatus[status] = { description, content: { "application/problem+json": { schema: problemSchema } } };
  }
  return byStatus as Record<StatusOf<Code>, ProblemContent>;
}

/** The `responses` entry of a JSON answer. */
export function jsonContent<S extends zod.ZodType>(schema: S, description: string) {
  return { description, content: { "application/json": { schema } } };
}
