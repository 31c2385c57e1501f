/** @jsxImportSource hono/jsx/dom */
import { useEffect, useState } from "hono/jsx/dom";
import { STOCK_MAX } from "../../../workers/shared/limits.ts";
import { ask, errorsOf, reason } from "../shared/calls.ts";
import type { FieldErrors } from "../shared/field-errors.ts";
import { fromLocalInput, LOCAL_ZONE, toLocalInput } from "../shared/local-time.ts";
import { notify, warn } from "../shared/notices.ts";
import { count, Moment } from "../shared/parts.tsx";
import { CLOCK } from "../shared/server-clock.ts";
import { WORDS as OPERATE_WORDS } from "./operate-words.ts";
import type { PlannedSale } from "./planned-sale.ts";

const WORDS = OPERATE_WORDS.waves;

interface WaveRow {
  at: string;
  quantity: string;
}

interface WavesProps {
  sale: PlannedSale;
  onChange: (sale: PlannedSale) => void;
}

const MS_PER_MINUTE = 60_000;
/** A new wave is offered this long after the one before, in milliseconds. */
const WAVE_GAP_MS = 10 * MS_PER_MINUTE;

const toCome = ({ waves }: PlannedSale) => waves.filter(({ releasedAt }) => releasedAt === undefined);
const toRow = ({ at, quantity }: { at: string; quantity: number }): WaveRow => ({
  at: toLocalInput(at),
  quantity: String(quantity),
});

/** The batches of stock still to come, and those that have come. */
export function WavesEditor({ sale, onChange }: WavesProps) {
  const [rows, setRows] = useState<WaveRow[]>(toCome(sale).map(toRow));
  const [errors, setErrors] = useState<FieldErrors>({});
  const [isTouched, setTouched] = useState(false);
  const released = sale.waves.filter(({ releasedAt }) => releasedAt !== undefined);
  const plan = JSON.stringify(toCome(sale));
  /** The plan that the rows began with. */
  const [seen, setSeen] = useState(plan);
  const beginAnew = () => {
    setSeen(plan);
    setRows(toCome(sale).map(toRow));
    setErrors({});
    setTouched(false);
  };
  // Waves come and other admins plan; what is being typed here stays.
  useEffect(() => {
    if (!isTouched) beginAnew();
  }, [plan]);
  const change = (changed: WaveRow[]) => {
    setTouched(true);
    setRows(changed);
  };
  const add = () => {
    const last = rows.at(-1);
    const after = Math.max(CLOCK.now(), Date.parse(sale.startsAt), last ? new Date(last.at).getTime() : 0);
    change([...rows, { at: toLocalInput(new Date(after + WAVE_GAP_MS).toISOString()), quantity: "100" }]);
  };
  const save = async (waves: { at: string; quantity: number }[]) => {
    const before = toCome(sale).map(({ at, quantity }) => ({ at, quantity }));
    const answer = await ask("POST", "/spikes/:id/waves", { param: { id: sale.id }, json: { waves } });
    if (!answer.ok) {
      setErrors(errorsOf(answer.failure));
      return warn(reason(answer.failure));
    }
    setErrors({});
    setTouched(false);
    onChange(answer.body);
    setSeen(JSON.stringify(toCome(answer.body)));
    notify(WORDS.saved, { undo: () => save(before) });
  };
  const submit = (event: Event) => {
    event.preventDefault();
    void save(rows.map(({ at, quantity }) => ({ at: fromLocalInput(at), quantity: Number(quantity) })));
  };
  return (
    <section class="panel waves" aria-labelledby="waves-title">
      <h2 id="waves-title">{WORDS.title}</h2>
      <p class="fine">{WORDS.lead(LOCAL_ZONE)}</p>
      {released.length > 0 ? (
        <ul class="plain">
          {released.map(({ at, quantity }) => (
            <li>
              {WORDS.came(count(quantity))}
              <Moment at={at} />
            </li>
          ))}
        </ul>
      ) : null}
      <form onSubmit={submit}>
        {rows.map((row, index) => (
          <div class="wave-row">
            <input
              type="datetime-local"
              step={1}
              aria-label={WORDS.when(index + 1)}
              aria-invalid={errors[`waves.${index}.at`] === undefined ? "false" : "true"}
              value={row.at}
              onInput={(event: Event) => change(rows.with(index, { ...row, at: textOf(event) }))}
            />
            <input
              type="number"
              min={1}
              max={STOCK_MAX}
              aria-label={WORDS.units(index + 1)}
              aria-invalid={errors[`waves.${index}.quantity`] === undefined ? "false" : "true"}
              value={row.quantity}
              onInput={(event: Event) => change(rows.with(index, { ...row, quantity: textOf(event) }))}
            />
            <button
              type="button"
              class="link"
              aria-label={WORDS.removeWave(index + 1)}
              onClick={() => change(rows.toSpliced(index, 1))}
            >
              {WORDS.remove}
            </button>
            <p class="field-error">
              {errors[`waves.${index}.at`] ?? errors[`waves.${index}.quantity`] ?? ""}
            </p>
          </div>
        ))}
        {isTouched && plan !== seen ? (
          <p class="field-error" role="alert">
            {WORDS.changedMeanwhile}{" "}
            <button type="button" class="link" onClick={beginAnew}>
              {WORDS.beginAnew}
            </button>
          </p>
        ) : null}
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

const textOf = (event: Event): string => (event.target as HTMLInputElement).value;
