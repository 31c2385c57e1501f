/** @jsxImportSource hono/jsx/dom */
import { STOCK_MAX } from "../../../workers/shared/limits.ts";
import type { FieldErrors } from "../shared/field-errors.ts";
import { LOCAL_ZONE } from "../shared/local-time.ts";
import { count, Moment } from "../shared/parts.tsx";
import { WORDS as OPERATE_WORDS } from "./operate-words.ts";
import type { PlannedSale } from "./planned-sale.ts";
import { useWavePlan, type WaveRow } from "./wave-plan.ts";

const WORDS = OPERATE_WORDS.waves;

interface WavesProps {
  sale: PlannedSale;
  onChange: (sale: PlannedSale) => void;
}

/** The batches of stock still to come, and those that have come. */
export function WavesEditor({ sale, onChange }: WavesProps) {
  const { rows, errors, isTouched, isOutdated, change, beginAnew, add, save } = useWavePlan(sale, onChange);
  const submit = (event: Event) => {
    event.preventDefault();
    void save();
  };
  return (
    <section class="panel waves" aria-labelledby="waves-title">
      <h2 id="waves-title">{WORDS.title}</h2>
      <p class="fine">{WORDS.lead(LOCAL_ZONE)}</p>
      <ReleasedWaves sale={sale} />
      <form onSubmit={submit}>
        {rows.map((row, index) => (
          <WaveFields
            row={row}
            index={index}
            errors={errors}
            onChange={(changed) => change(rows.with(index, changed))}
            onRemove={() => change(rows.toSpliced(index, 1))}
          />
        ))}
        {isOutdated ? <ChangedMeanwhile beginAnew={beginAnew} /> : null}
        <div class="actions tight">
          <button type="button" class="button quiet small" onClick={add}>
            {WORDS.add}
          </button>
          <button type="submit" class="button small" disabled={!isTouched}>
            {WORDS.save}
          </button>
        </div>
      </form>
    </section>
  );
}

function ReleasedWaves({ sale }: { sale: PlannedSale }) {
  const released = sale.waves.filter(({ releasedAt }) => releasedAt !== undefined);
  if (released.length === 0) return null;
  return (
    <ul class="plain">
      {released.map(({ at, quantity }) => (
        <li>
          {WORDS.came(count(quantity))}
          <Moment at={at} />
        </li>
      ))}
    </ul>
  );
}

interface WaveFieldsProps {
  row: WaveRow;
  /** Its place in the plan, from 0. */
  index: number;
  errors: FieldErrors;
  onChange: (row: WaveRow) => void;
  onRemove: () => void;
}

/** When a wave comes and with how many units. */
function WaveFields({ row, index, errors, onChange, onRemove }: WaveFieldsProps) {
  const number = index + 1;
  const wrong = { at: errors[`waves.${index}.at`], quantity: errors[`waves.${index}.quantity`] };
  const control = (name: keyof WaveRow) => ({
    "aria-invalid": wrong[name] === undefined ? ("false" as const) : ("true" as const),
    value: row[name],
    onInput: (event: Event) => onChange({ ...row, [name]: (event.target as HTMLInputElement).value }),
  });
  return (
    <div class="wave-row">
      <input type="datetime-local" step={1} aria-label={WORDS.when(number)} {...control("at")} />
      <input
        type="number"
        min={1}
        max={STOCK_MAX}
        aria-label={WORDS.units(number)}
        {...control("quantity")}
      />
      <button type="button" class="link" aria-label={WORDS.removeWave(number)} onClick={onRemove}>
        {WORDS.remove}
      </button>
      <p class="field-error">{wrong.at ?? wrong.quantity ?? ""}</p>
    </div>
  );
}

/** Said when waves came, or another admin planned, while something was being typed. */
function ChangedMeanwhile({ beginAnew }: { beginAnew: () => void }) {
  return (
    <p class="field-error" role="alert">
      {WORDS.changedMeanwhile}{" "}
      <button type="button" class="link" onClick={beginAnew}>
        {WORDS.beginAnew}
      </button>
    </p>
  );
}
