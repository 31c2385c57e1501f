import fc from "fast-check";
import { expect } from "vitest";
import type { Ledger } from "../../../../durable-objects/spike-stock/ledger.ts";
import type { Exchange } from "../../../../durable-objects/spike-stock/messages.ts";
import { stripedSpikeId } from "../../../../workers/shared/ids.ts";
import { isTorn, poolViews } from "../../../../workers/shared/pool.ts";
import type { StockStatus } from "../../../../workers/shared/spike.ts";
import { Run } from "./property.ts";
import { HOLD_SECONDS, type Step, step } from "./steps.ts";
import type { SqlDatabase } from "./world.ts";

/*
 * Several ledgers of one sale. Each lives the random life of a single one beside its model; between them go
 * messages that are lost, repeated and overtaken, and everything may crash at any moment.
 */

/** What happens to one ledger, or between two. Numbers count modulo what there is. */
export type StripedStep =
  | { do: "at"; stripe: number; step: Step }
  /** A message sets out that asks for so many units; or those that the ledger was about to send. */
  | { do: "ask"; stripe: number; of: number; wants: number }
  | { do: "tell"; stripe: number }
  /** A message arrives, and an answer sets out; `again`: it will arrive once more. `statement`: where it fails. */
  | { do: "carry"; message: number; again: boolean; statement: number }
  | { do: "answer"; answer: number; again: boolean }
  | { do: "lose"; message: number; answer: number };

const pick = fc.nat({ max: 40 });
const sometimes = fc.integer({ min: 0, max: 3 }).map((n) => n === 0);
const is = <const T extends string>(name: T) => fc.constant(name);

const stripedStep: fc.Arbitrary<StripedStep> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: is("at"), stripe: pick, step }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: is("ask"), stripe: pick, of: pick, wants: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: is("tell"), stripe: pick }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: is("carry"),
      message: pick,
      again: sometimes,
      statement: fc.constantFrom(0, 0, 0, 0, 2, 4, 6, 8),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: is("answer"), answer: pick, again: sometimes }) },
  { weight: 2, arbitrary: fc.record({ do: is("lose"), message: pick, answer: pick }) },
);

export const stripedSteps = fc.array(stripedStep, { minLength: 1, maxLength: 90, size: "max" });

/** Rounds of carrying everything after which nothing may be on its way any more. */
const SETTLING_ROUNDS_MAX = 4;
const PLAIN_ID = "manystr1pes0";
const WANTS_ALL = 1_000;

/** Runs the steps against this many ledgers and their models; throws where they differ or units go astray. */
export function checkStripedRun(
  LedgerClass: typeof Ledger,
  storage: DurableObjectStorage,
  stripes: number,
  steps: readonly StripedStep[],
): void {
  const run = new StripedRun(LedgerClass, storage, stripes);
  for (const step of steps) {
    run.take(step);
    run.compare();
  }
  run.settle();
  run.sellOutAt(steps.length % stripes);
}

class StripedRun {
  readonly #runs: Run[];
  #messages: { to: number; message: Exchange }[] = [];
  #answers: { to: number; from: number; status: StockStatus }[] = [];

  constructor(LedgerClass: typeof Ledger, storage: DurableObjectStorage, stripes: number) {
    const id = stripedSpikeId(PLAIN_ID, stripes);
    this.#runs = Array.from(
      { length: stripes },
      (_, stripe) => new Run(LedgerClass, partOf(storage, stripe), { id, stripe }),
    );
  }

  take(step: StripedStep): void {
    switch (step.do) {
      case "at":
        return this.#at(step.stripe % this.#runs.length, step.step);
      case "ask": {
        const from = step.stripe % this.#runs.length;
        const to = (from + 1 + (step.of % Math.max(1, this.#runs.length - 1))) % this.#runs.length;
        if (to !== from) this.#send(from, to, step.wants);
        return;
      }
      case "tell":
        return this.#tell(step.stripe % this.#runs.length);
      case "carry":
        return this.#carry(step.message % (this.#messages.length || 1), step);
      case "answer":
        return this.#answer(step.answer % (this.#answers.length || 1), step.again);
      case "lose":
        this.#messages.splice(step.message % (this.#messages.length || 1), 1);
        this.#answers.splice(step.answer % (this.#answers.length || 1), 1);
        return;
    }
  }

  /** No unit is ever in two places or in none. */
  compare(): void {
    const views = this.#runs.map(({ ledger }) => ledger.view());
    if (isTorn(views)) throw new Error("something was taken that was not given");
    const whole = poolViews(views);
    expect(whole.total).toBe(whole.available + whole.held + whole.sold);
    expect(whole.total).toBe(this.#runs.reduce((units, run) => units + run.unitsPutOnSale, 0));
    if (whole.available < 0) throw new Error("more is sold than there is");
  }

  /** Whatever was lost: when messages arrive again, the alarms bring home every unit that is on its way. */
  settle(): void {
    [this.#messages, this.#answers] = [[], []];
    for (let round = 0; round < SETTLING_ROUNDS_MAX; round++) {
      this.#waitAll(HOLD_SECONDS * 1000);
      for (const [stripe, run] of this.#runs.entries()) {
        run.take({ do: "ring", statement: 0 });
        this.#tell(stripe);
      }
      this.#carryAll();
    }
    for (const { ledger } of this.#runs) {
      for (const other of ledger.others) {
        const there = this.#runs[other]?.ledger.view().transfers;
        expect(there?.taken[ledger.ref.stripe]).toBe(ledger.view().transfers?.given[other]);
      }
    }
  }

  /** The last unit can be sold by any of the ledgers: one of them gathers all that is left, and sells it. */
  sellOutAt(stripe: number): void {
    const run = this.#runs[stripe];
    for (const run of this.#runs) run.take({ do: "status" });
    const left = this.#runs.reduce((units, { ledger }) => units + ledger.available, 0);
    for (const other of run?.ledger.others ?? []) this.#send(stripe, other, WANTS_ALL);
    this.#carryAll();
    expect(run?.ledger.available).toBe(left);
    run?.sellOut();
    this.compare();
  }

  #at(stripe: number, step: Step): void {
    if (step.do === "wait") return this.#waitAll(step.ms);
    // What concerns a whole sale's stock is asked of the ledger that leads.
    const leads = step.do === "restock" || step.do === "plan_waves";
    const run = this.#runs[leads ? 0 : stripe];
    run?.take(step);
    run?.compare();
  }

  #waitAll(ms: number): void {
    for (const run of this.#runs) run.take({ do: "wait", ms });
  }

  #send(from: number, to: number, wants: number): void {
    const message = this.#runs[from]?.ledger.messageTo(to, wants);
    if (message) this.#messages.push({ to, message });
  }

  #tell(stripe: number): void {
    for (const to of this.#runs[stripe]?.takeToTell() ?? []) this.#send(stripe, to, 0);
  }

  #carry(index: number, { again, statement }: { again: boolean; statement: number }): void {
    const mail = this.#messages[index];
    if (!mail) return;
    if (!again) this.#messages.splice(index, 1);
    const status = this.#runs[mail.to]?.exchange(mail.message, statement);
    if (status) this.#answers.push({ to: mail.message.from, from: mail.to, status });
  }

  #answer(index: number, again: boolean): void {
    const mail = this.#answers[index];
    if (!mail) return;
    if (!again) this.#answers.splice(index, 1);
    this.#runs[mail.to]?.answered(mail.from, mail.status);
  }

  #carryAll(): void {
    while (this.#messages.length > 0) this.#carry(0, { again: false, statement: 0 });
    while (this.#answers.length > 0) this.#answer(0, false);
  }
}

const NAMES =
  /\b(?:spike|stock|orders(?:_\w+)?|open_payments(?:_\w+)?|refused_payments|restocks|restores|alarms|resend|waves|transfers|user_pages|schema_version)\b/g;

/** One of several databases in the same storage: every name of a table or an index gets a prefix. */
export function partOf(storage: DurableObjectStorage, stripe: number): SqlDatabase {
  const prefix = `s${stripe}_`;
  const exec: SqlStorage["exec"] = (query, ...bindings) =>
    storage.sql.exec(prefixed(query, prefix), ...bindings);
  return { prefix, sql: { exec }, transactionSync: (work) => storage.transactionSync(work) };
}

const queries = new Map<string, string>();

/** Remembered, because the platform keeps prepared statements by their text. */
function prefixed(query: string, prefix: string): string {
  const known = queries.get(prefix + query);
  if (known !== undefined) return known;
  const text = query.replaceAll(NAMES, `${prefix}$&`);
  queries.set(prefix + query, text);
  return text;
}
