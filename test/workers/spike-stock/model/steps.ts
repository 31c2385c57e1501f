import fc from "fast-check";

/*
 * One run of the property is a list of steps, plain data: what fast-check prints when a run fails can
 * be pasted into a test. Numbers that pick something (an order, a message) count modulo what there is.
 */

export interface Ask {
  user: number;
  key: number;
  quantity: number;
}

/** What an order's owner, or a stranger, does with it. */
export type OrderDeed =
  | { do: "begin_payment" | "cancel"; order: number; stranger: boolean }
  /** With a charge of any attempt there ever was. */
  | { do: "pay"; order: number; stranger: boolean; payment: number; attempt: number };

export type Step =
  | { do: "reserve"; asks: Ask[] }
  /** A batch in whose transaction the `statement`th SQL statement fails. */
  | { do: "reserve_failing"; asks: Ask[]; statement: number }
  | OrderDeed
  /** Several of them in one transaction, whose `statement`th statement fails; 0: none. */
  | { do: "take_steps"; deeds: OrderDeed[]; statement: number }
  | { do: "close_payment"; order: number; attempt: number }
  | { do: "restock"; quantity: number; operation: number }
  | { do: "configure"; version: number; maxPerUser: number; stock: number }
  /** Times count from the beginning of the run. */
  | { do: "plan_waves"; waves: { inMs: number; quantity: number }[] }
  | { do: "pause" | "resume" | "status" }
  /** The switch for all sales, its orders arriving in any order. */
  | { do: "halt"; halted: boolean; version: number }
  /** The object's memory is gone: events not yet sent, and whatever it only remembered. */
  | { do: "crash" }
  | { do: "wait"; ms: number }
  /** The alarm goes off if it is due; `statement` > 0: and fails at that SQL statement. */
  | { do: "ring"; statement: number }
  /** Committed events go to the queue; or the queue refuses them and they are lost. */
  | { do: "send"; lost: boolean }
  /** A message reaches the database: any one of them, perhaps to come again. */
  | { do: "deliver"; message: number; again: boolean }
  | { do: "drop"; message: number }
  /** A message finds the database away, and its orders go back to the ledger. */
  | { do: "give_back"; message: number }
  /** The database's confirmation reaches the ledger: any one of them, late, twice or never. */
  | { do: "confirm"; confirmation: number; again: boolean; lost: boolean };

export const HOLD_SECONDS = 30;
const HOLD_MS = HOLD_SECONDS * 1000;
/** How long the sale lasts; a few long waits end it. */
export const SALE_MS = 20 * HOLD_MS;
/** How long after the beginning of a run the sale starts. */
export const LEAD_MS = 500;

const pick = fc.nat({ max: 40 });
const stranger = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const sometimes = fc.integer({ min: 0, max: 3 }).map((n) => n === 0);
const ask: fc.Arbitrary<Ask> = fc.record({
  user: fc.nat({ max: 4 }),
  key: fc.nat({ max: 3 }),
  quantity: fc.constantFrom(1, 1, 1, 2, 3),
});
const asks = fc.array(ask, { minLength: 1, maxLength: 6 });
const is = <const T extends string>(name: T) => fc.constant(name);
/** Few different times, so that plans repeat waves, edit them, and name some that have come. */
const wave = fc.record({
  inMs: fc.constantFrom(0, LEAD_MS, LEAD_MS + 5_000, HOLD_MS, 2 * HOLD_MS, 6 * HOLD_MS, SALE_MS - 1, SALE_MS),
  quantity: fc.constantFrom(1, 1, 1, 2, 3),
});
const waits = fc.constantFrom(0, 1, LEAD_MS, 5_000, HOLD_MS - 1, HOLD_MS, HOLD_MS + 1, 4 * HOLD_MS);

const beginPayment: fc.Arbitrary<OrderDeed> = fc.record({ do: is("begin_payment"), order: pick, stranger });
const pay: fc.Arbitrary<OrderDeed> = fc.record({
  ...{ do: is("pay"), order: pick, stranger },
  ...{ payment: fc.nat({ max: 1 }), attempt: pick },
});
const cancel: fc.Arbitrary<OrderDeed> = fc.record({ do: is("cancel"), order: pick, stranger });

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: is("reserve"), asks }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: is("reserve_failing"), asks, statement: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 3, arbitrary: beginPayment },
  { weight: 8, arbitrary: pay },
  { weight: 6, arbitrary: cancel },
  {
    weight: 4,
    arbitrary: fc.record({
      do: is("take_steps"),
      deeds: fc.array(fc.oneof(beginPayment, pay, pay, cancel), { minLength: 1, maxLength: 6 }),
      statement: fc.constantFrom(0, 0, 0, 2, 5, 9, 14),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: is("close_payment"), order: pick, attempt: pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: is("restock"),
      quantity: fc.integer({ min: 1, max: 3 }),
      operation: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: is("configure"),
      version: fc.integer({ min: 1, max: 4 }),
      maxPerUser: fc.integer({ min: 1, max: 4 }),
      stock: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: is("plan_waves"), waves: fc.array(wave, { maxLength: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: is("pause") }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: is("halt"),
      halted: sometimes,
      version: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: is("resume") }) },
  { weight: 2, arbitrary: fc.record({ do: is("status") }) },
  { weight: 4, arbitrary: fc.record({ do: is("crash") }) },
  { weight: 8, arbitrary: fc.record({ do: is("wait"), ms: waits }) },
  { weight: 4, arbitrary: fc.record({ do: is("ring"), statement: fc.constantFrom(0, 0, 0, 1, 3, 5, 8) }) },
  { weight: 6, arbitrary: fc.record({ do: is("send"), lost: sometimes }) },
  { weight: 6, arbitrary: fc.record({ do: is("deliver"), message: pick, again: sometimes }) },
  { weight: 2, arbitrary: fc.record({ do: is("drop"), message: pick }) },
  { weight: 2, arbitrary: fc.record({ do: is("give_back"), message: pick }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: is("confirm"), confirmation: pick, again: sometimes, lost: sometimes }),
  },
);

/** A payment that comes too late, around a moment at which its stock is gone: steps that chance seldom puts together. */
const latePayment: fc.Arbitrary<Step[]> = fc
  .record({ order: pick, other: pick, payment: fc.nat({ max: 1 }), asks })
  .map(({ order, other, payment, asks }) => {
    const late = { order, stranger: false, payment, attempt: 0 };
    return [
      { do: "begin_payment", order, stranger: false },
      { do: "wait", ms: HOLD_MS },
      { do: "reserve", asks },
      { do: "pay", ...late },
      { do: "cancel", order: other, stranger: false },
      { do: "begin_payment", order, stranger: false },
      { do: "close_payment", order, attempt: 0 },
      { do: "pay", ...late },
    ];
  });

const scene = fc.oneof(
  { weight: 40, arbitrary: step.map((one) => [one]) },
  { weight: 1, arbitrary: latePayment },
);

export const SCENES_MAX = 60;
/** `size: "max"`: runs as long as allowed are as likely as short ones. */
export const steps = fc
  .array(scene, { minLength: 1, maxLength: SCENES_MAX, size: "max" })
  .map((scenes) => scenes.flat());
