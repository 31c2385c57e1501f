import { z } from "@hono/zod-openapi";
import { accessRuleSchema, accessRulesSchema } from "../access/rule-schema.ts";
import { because } from "../shared/complaints.ts";
import {
  DESCRIPTION_MAX_CHARS,
  HOLD_DEFAULT_SECONDS,
  HOLD_MAX_SECONDS,
  HOLD_MIN_SECONDS,
  IMAGE_URL_MAX_CHARS,
  MAX_PER_USER_MAX,
  PRICE_MAX_MINOR,
  STOCK_MAX,
  STRIPES_MAX,
  TITLE_MAX_CHARS,
} from "../shared/limits.ts";

const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));
const SECURE_SCHEME = "https:";
/** Stands for our own host while a relative address is taken apart. */
const OWN_ORIGIN = "https://own.invalid";

export const instantSchema = z.iso.datetime({ offset: true }).openapi({ example: "2026-11-11T00:00:00Z" });

/** In a path. Any text is taken, because what is no id is `not_found`, not a mistake in the request. */
export const spikeParams = z.object({
  id: z.string().openapi({ param: { name: "id", in: "path" }, example: "7zk3m9x2q4tw" }),
});

const titleSchema = z
  .string()
  .trim()
  .min(1)
  .max(TITLE_MAX_CHARS)
  .regex(/^[^\0-\x1f\x7f-\x9f]*$/, because("not_one_line"));

/** Line breaks and tabs are text; other control characters are not. */
const descriptionSchema = z
  .string()
  .max(DESCRIPTION_MAX_CHARS)
  .regex(/^[^\0-\x08\x0b-\x1f\x7f]*$/, because("control_characters"));

const priceSchema = z.int().min(0).max(PRICE_MAX_MINOR);

const imageUrlSchema = z.string().max(IMAGE_URL_MAX_CHARS).refine(isPictureAddress, because("not_picture"));

function isPictureAddress(text: string): boolean {
  const url = URL.parse(text, OWN_ORIGIN);
  if (!url || url.protocol !== SECURE_SCHEME || url.username || url.password) return false;
  if (url.origin === OWN_ORIGIN) return text.startsWith("/");
  return text.toLowerCase().startsWith(`${SECURE_SCHEME}//`);
}

/** What an admin may say about a spike. */
const definitionShape = {
  title: titleSchema,
  description: descriptionSchema,
  imageUrl: imageUrlSchema.nullable(),
  priceMinor: priceSchema,
  originalPriceMinor: priceSchema.nullable(),
  currency: z
    .string()
    .refine((code) => CURRENCIES.has(code), because("not_currency"))
    .openapi({ example: "EUR" }),
  stock: z.int().min(1).max(STOCK_MAX),
  maxPerUser: z.int().min(1).max(MAX_PER_USER_MAX),
  startsAt: instantSchema,
  endsAt: instantSchema,
  holdSeconds: z.int().min(HOLD_MIN_SECONDS).max(HOLD_MAX_SECONDS),
  accessRules: accessRulesSchema,
};

/** The body that creates a spike: `Spike` without the computed fields, and how many ledgers it has. */
export const spikeDefinitionSchema = z
  .strictObject({
    ...definitionShape,
    description: definitionShape.description.default(""),
    imageUrl: definitionShape.imageUrl.default(null),
    originalPriceMinor: definitionShape.originalPriceMinor.default(null),
    maxPerUser: definitionShape.maxPerUser.default(1),
    holdSeconds: definitionShape.holdSeconds.default(HOLD_DEFAULT_SECONDS),
    accessRules: definitionShape.accessRules.default([]),
    stripes: z.int().min(1).max(STRIPES_MAX).default(1).openapi({
      description: "Ledgers the stock is split over, for a sale that one cannot serve; never changes",
    }),
  })
  .openapi("SpikeDefinition");

/** The body that changes a spike: any of its fields; null takes an optional one away. */
export const spikeChangesSchema = z.strictObject(definitionShape).partial().openapi("SpikeChanges");

export type SpikeDefinition = z.infer<typeof spikeDefinitionSchema>;
export type SpikeChanges = z.infer<typeof spikeChangesSchema>;

const phaseSchema = z.enum(["upcoming", "open", "sold_out", "paused", "ended"]);

const nextWaveSchema = z
  .object({ at: instantSchema, quantity: z.int() })
  .optional()
  .openapi({ description: "When more goes on sale, and how much; absent when nothing is planned" });

export const spikeSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    description: z.string(),
    imageUrl: z.string().optional(),
    priceMinor: z.int(),
    originalPriceMinor: z.int().optional(),
    currency: z.string(),
    stock: z.int().openapi({ description: "Units put on sale so far, restocks included" }),
    maxPerUser: z.int(),
    startsAt: instantSchema,
    endsAt: instantSchema,
    holdSeconds: z.int(),
    phase: phaseSchema,
    remaining: z.int(),
    nextWave: nextWaveSchema,
    accessRules: z.array(accessRuleSchema),
    serverTime: instantSchema,
  })
  .openapi("Spike");

export const spikeListSchema = z
  .object({ spikes: z.array(spikeSchema), serverTime: instantSchema })
  .openapi("SpikeList");

export const stockSchema = z
  .object({
    remaining: z.int(),
    phase: phaseSchema,
    nextWave: nextWaveSchema,
    serverTime: instantSchema,
  })
  .openapi("Stock");

export type WireSpike = z.infer<typeof spikeSchema>;
