import { type ComplaintCode, type FieldError, fieldError } from "../../workers/shared/complaints.ts";
import { STOCK_MAX, WAVES_PER_SPIKE_MAX } from "../../workers/shared/limits.ts";
import type { SpikeConfig, Wave } from "../../workers/shared/spike.ts";
import type { Alarms } from "./alarms.ts";
import type { PlannedWave, WavePlanResult } from "./messages.ts";
import { releaseUnits, type Stock } from "./stock.ts";
import type { LedgerStore } from "./store.ts";
import type { Turn } from "./turn.ts";

/** What a plan is judged by. */
export interface WaveContext {
  now: number;
  config: Pick<SpikeConfig, "startsAt" | "endsAt">;
  /** Units on sale so far, without those of waves still to come. */
  total: number;
  /** Waves that have come already, by their time. */
  released: ReadonlyMap<number, PlannedWave>;
}

/**
 * Why these waves cannot be the plan; empty when they can. A wave that has come already may be named
 * again as it was: the same plan sent twice must not fail because time has passed in between.
 */
export function wavePlanErrors(waves: readonly Wave[], context: WaveContext): FieldError[] {
  const { released, total } = context;
  const errors = waves.flatMap((wave, index) => waveErrors(wave, index, waves, context));
  const toCome = waves.filter(({ at }) => !released.has(at));
  if (released.size + toCome.length > WAVES_PER_SPIKE_MAX) {
    errors.push(fieldError("waves", "too_many_waves", WAVES_PER_SPIKE_MAX));
  }
  if (total + unitsOf(toCome) > STOCK_MAX) {
    errors.push(fieldError("waves", "stock_too_large", STOCK_MAX));
  }
  return errors;
}

function waveErrors(
  { at, quantity }: Wave,
  index: number,
  waves: readonly Wave[],
  { now, config, released }: WaveContext,
): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (field: keyof Wave, code: ComplaintCode) =>
    void errors.push(fieldError(`waves.${index}.${field}`, code));
  if (!Number.isSafeInteger(quantity) || quantity < 1) refuse("quantity", "not_positive");
  if (waves.findIndex((other) => other.at === at) !== index) refuse("at", "same_moment");
  const past = released.get(at);
  if (past) {
    if (past.quantity !== quantity) refuse("quantity", "wave_has_come");
    return errors;
  }
  if (!(at > now)) refuse("at", "not_in_future");
  if (!(at >= config.startsAt && at < config.endsAt)) refuse("at", "not_within_sale");
  return errors;
}

function unitsOf(waves: readonly Wave[]): number {
  return waves.reduce((units, { quantity }) => units + quantity, 0);
}

/**
 * Stock that comes in batches. A wave is a row with a time; whichever transaction is the first after
 * that time, the alarm's or a purchase's, marks the row and puts its units on sale, so each wave comes
 * once and nobody has to wait for a late alarm.
 */
export class Waves {
  readonly #store: LedgerStore;
  readonly #alarms: Alarms;

  constructor(store: LedgerStore, alarms: Alarms) {
    this.#store = store;
    this.#alarms = alarms;
  }

  /** Whether a wave should have come by `now`. Without waves to come it asks nothing. */
  isDue(stock: Stock, now: number): boolean {
    const next = this.next(stock);
    return next !== null && next.at <= now;
  }

  /** The next wave to come, null when there is none. */
  next(stock: Stock): Wave | null {
    return stock.scheduled > 0 ? this.#store.nextWave() : null;
  }

  /** When the alarm is to go off, null for never. */
  nextAt(): number | null {
    return this.#store.nextWave()?.at ?? null;
  }

  /** Puts the units of all waves that are due on sale; returns how many. */
  release(turn: Turn): number {
    if (!this.isDue(turn.stock, turn.now)) return 0;
    const units = unitsOf(this.#store.releaseWaves(turn.now));
    releaseUnits(turn.stock, units);
    this.#alarms.set("waves", this.nextAt());
    return units;
  }

  /** `elsewhere`: units on sale in the other ledgers. Replaces the waves still to come, or changes nothing and says why. */
  plan(turn: Turn, config: SpikeConfig, waves: readonly Wave[], elsewhere: number): WavePlanResult {
    const before = this.#store.waves();
    const past = before.filter(({ releasedAt }) => releasedAt !== null);
    const released = new Map(past.map((wave) => [wave.at, wave]));
    const errors = wavePlanErrors(waves, {
      now: turn.now,
      config,
      total: turn.stock.total + elsewhere,
      released,
    });
    if (errors.length > 0) return { ok: false, errors };
    const toCome = waves.filter(({ at }) => !released.has(at));
    this.#store.replaceWavesToCome(toCome);
    turn.stock.scheduled = unitsOf(toCome);
    this.#alarms.set("waves", this.nextAt());
    return { ok: true, before, waves: this.#store.waves() };
  }
}
