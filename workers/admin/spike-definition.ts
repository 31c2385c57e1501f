import { type FieldError, fieldError } from "../shared/complaints.ts";
import { Refusal } from "../shared/refusals.ts";
import { STOCK_MAX } from "../shared/limits.ts";
import { FIXED_ONCE_STARTED, type SpikeConfig, type StockStatus } from "../shared/spike.ts";
import type { SpikeChanges, SpikeDefinition } from "../spike/schemas.ts";

/**
 * The first version of a spike; its id says already how many stripes it has.
 * @throws Refusal `invalid_request` when its fields contradict each other.
 */
export function defineSpike(id: string, { stripes: _stripes, ...definition }: SpikeDefinition): SpikeConfig {
  const spike: SpikeConfig = {
    ...definition,
    id,
    version: 1,
    startsAt: Date.parse(definition.startsAt),
    endsAt: Date.parse(definition.endsAt),
  };
  refuseIfAny(contradictions(spike));
  return spike;
}

/**
 * The next version of a spike, or the same object when the changes change nothing.
 * @param stock the ledger's; its `total`, restocks included, is what the API shows as `stock`.
 * @param now the server's clock, epoch milliseconds.
 * @throws Refusal `invalid_request` naming each field that must not change any more or contradicts another.
 */
export function changeSpike(
  spike: SpikeConfig,
  changes: SpikeChanges,
  stock: StockStatus,
  now: number,
): SpikeConfig {
  const changed = merge(spike, changes, stock.total);
  const fields = (Object.keys(spike) as (keyof SpikeConfig)[]).filter(
    (field) => JSON.stringify(spike[field]) !== JSON.stringify(changed[field]),
  );
  if (fields.length === 0) return spike;
  const fixed = now < spike.startsAt ? [] : FIXED_ONCE_STARTED.filter((field) => fields.includes(field));
  const room = STOCK_MAX - (stock.scheduled ?? 0);
  refuseIfAny([
    ...fixed.map((path) => fieldError(path, path === "stock" ? "restock_instead" : "fixed_once_started")),
    ...((changes.stock ?? 0) > room ? [fieldError("stock", "no_room_beside_waves", room)] : []),
    ...contradictions(changed),
  ]);
  return { ...changed, version: spike.version + 1 };
}

function merge(spike: SpikeConfig, changes: SpikeChanges, total: number): SpikeConfig {
  const { stock, startsAt, endsAt } = changes;
  return {
    id: spike.id,
    version: spike.version,
    title: changes.title ?? spike.title,
    description: changes.description ?? spike.description,
    imageUrl: changes.imageUrl === undefined ? spike.imageUrl : changes.imageUrl,
    priceMinor: changes.priceMinor ?? spike.priceMinor,
    originalPriceMinor:
      changes.originalPriceMinor === undefined ? spike.originalPriceMinor : changes.originalPriceMinor,
    currency: changes.currency ?? spike.currency,
    // The stock a client sees counts restocks too, and so does the stock it asks for.
    stock: stock === undefined ? spike.stock : spike.stock + (stock - total),
    maxPerUser: changes.maxPerUser ?? spike.maxPerUser,
    startsAt: startsAt === undefined ? spike.startsAt : Date.parse(startsAt),
    endsAt: endsAt === undefined ? spike.endsAt : Date.parse(endsAt),
    holdSeconds: changes.holdSeconds ?? spike.holdSeconds,
    accessRules: changes.accessRules ?? spike.accessRules,
  };
}

function contradictions(spike: SpikeConfig): FieldError[] {
  const errors: FieldError[] = [];
  if (spike.endsAt <= spike.startsAt) errors.push(fieldError("endsAt", "not_after_start"));
  if (spike.originalPriceMinor !== null && spike.originalPriceMinor < spike.priceMinor) {
    errors.push(fieldError("originalPriceMinor", "below_price"));
  }
  return errors;
}

function refuseIfAny(errors: FieldError[]): void {
  if (errors.length > 0) throw new Refusal("invalid_request", { errors });
}
