import type { AccessRule } from "../../../workers/shared/access-rule.ts";
import { stripesOf } from "../../../workers/shared/ids.ts";
import { HOLD_DEFAULT_SECONDS } from "../../../workers/shared/limits.ts";
import type { SpikeDefinition, WireSpike } from "../../../workers/spike/schemas.ts";
import type { FieldErrors } from "../shared/field-errors.ts";
import { fromLocalInput, toLocalInput } from "../shared/local-time.ts";
import { toDecimal, toMinor } from "./money.ts";
import { FORM_WORDS as WORDS } from "./words.ts";

/** A sale as its form holds it: texts as they were typed. */
export interface Draft {
  title: string;
  description: string;
  imageUrl: string;
  price: string;
  originalPrice: string;
  currency: string;
  stock: string;
  maxPerUser: string;
  startsAt: string;
  endsAt: string;
  holdSeconds: string;
  /** Of a new sale; it never changes. */
  stripes: string;
  accessRules: AccessRule[];
}

export type TextField = Exclude<keyof Draft, "accessRules">;

const MS_PER_HOUR = 3_600_000;

/** A new sale: tomorrow at this hour, for an hour. `now` in epoch milliseconds. */
export function newDraft(now: number): Draft {
  const start = Math.ceil(now / MS_PER_HOUR) * MS_PER_HOUR + 24 * MS_PER_HOUR;
  const at = (epochMs: number) => toLocalInput(new Date(epochMs).toISOString());
  return {
    title: "",
    description: "",
    imageUrl: "",
    price: "",
    originalPrice: "",
    currency: "EUR",
    stock: "100",
    maxPerUser: "1",
    startsAt: at(start),
    endsAt: at(start + MS_PER_HOUR),
    holdSeconds: String(HOLD_DEFAULT_SECONDS),
    stripes: "1",
    accessRules: [],
  };
}

export function draftOf(sale: WireSpike): Draft {
  const { title, description, imageUrl = "", currency, accessRules, originalPriceMinor } = sale;
  return {
    title,
    description,
    imageUrl,
    price: toDecimal(sale.priceMinor, currency),
    originalPrice: originalPriceMinor === undefined ? "" : toDecimal(originalPriceMinor, currency),
    currency,
    stock: String(sale.stock),
    maxPerUser: String(sale.maxPerUser),
    startsAt: toLocalInput(sale.startsAt),
    endsAt: toLocalInput(sale.endsAt),
    holdSeconds: String(sale.holdSeconds),
    stripes: String(stripesOf(sale.id)),
    accessRules,
  };
}

/** The same sale again, at the times of a new one. `now` in epoch milliseconds. */
export function copyOf(sale: WireSpike, now: number): Draft {
  const { startsAt } = newDraft(now);
  const length = Date.parse(sale.endsAt) - Date.parse(sale.startsAt);
  const endsAt = toLocalInput(new Date(new Date(startsAt).getTime() + length).toISOString());
  return { ...draftOf(sale), title: WORDS.copyOf(sale.title), startsAt, endsAt };
}

/**
 * The definition that a draft stands for, or what stands in its way, by field. Only what could not be
 * sent is found here; the server checks the rest and names its fields alike.
 */
export function readDraft(draft: Draft): { definition: SpikeDefinition } | { errors: FieldErrors } {
  const { definition, errors } = parseDraft(draft);
  return Object.keys(errors).length > 0 ? { errors } : { definition };
}

/** The same as far as it goes: what cannot be read is 0 or empty. */
export function parseDraft(draft: Draft): { definition: SpikeDefinition; errors: FieldErrors } {
  const errors: FieldErrors = {};
  const price = toMinor(draft.price, draft.currency);
  const original = draft.originalPrice.trim() === "" ? null : toMinor(draft.originalPrice, draft.currency);
  if (price === null) errors["priceMinor"] = WORDS.mustBeAmount(draft.currency);
  if (original === null && draft.originalPrice.trim() !== "") {
    errors["originalPriceMinor"] = WORDS.mustBeAmount(draft.currency);
  }
  const whole = (field: "stock" | "maxPerUser" | "holdSeconds" | "stripes"): number => {
    const isWhole = /^\d+$/.test(draft[field].trim());
    if (!isWhole) errors[field] = WORDS.mustBeWhole;
    return isWhole ? Number(draft[field]) : 0;
  };
  const moment = (field: "startsAt" | "endsAt"): string => {
    const instant = fromLocalInput(draft[field]);
    if (instant === "") errors[field] = WORDS.mustBeMoment;
    return instant;
  };
  const definition: SpikeDefinition = {
    title: draft.title,
    description: draft.description,
    imageUrl: draft.imageUrl.trim() === "" ? null : draft.imageUrl.trim(),
    priceMinor: price ?? 0,
    originalPriceMinor: original,
    currency: draft.currency,
    stock: whole("stock"),
    maxPerUser: whole("maxPerUser"),
    startsAt: moment("startsAt"),
    endsAt: moment("endsAt"),
    holdSeconds: whole("holdSeconds"),
    stripes: whole("stripes"),
    accessRules: draft.accessRules,
  };
  return { definition, errors };
}

/** What differs between two definitions: all that a change of a running sale may name. */
export function changesBetween(before: SpikeDefinition, after: SpikeDefinition): Partial<SpikeDefinition> {
  const changed = Object.entries(after).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof SpikeDefinition]),
  );
  return Object.fromEntries(changed);
}
