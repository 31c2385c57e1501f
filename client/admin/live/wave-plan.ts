import { useEffect, useState } from "hono/jsx/dom";
import { ask, errorsOf, reason } from "../shared/calls.ts";
import type { FieldErrors } from "../shared/field-errors.ts";
import { fromLocalInput, toLocalInput } from "../shared/local-time.ts";
import { notify, warn } from "../shared/notices.ts";
import { CLOCK } from "../shared/server-clock.ts";
import { WORDS as OPERATE_WORDS } from "./operate-words.ts";
import type { PlannedSale } from "./planned-sale.ts";

const WORDS = OPERATE_WORDS.waves;

interface Wave {
  at: string;
  quantity: number;
}

/** A wave as it is typed: a local time and a number. */
export interface WaveRow {
  at: string;
  quantity: string;
}

const MS_PER_MINUTE = 60_000;
/** A new wave is offered this long after the one before, in milliseconds. */
const WAVE_GAP_MS = 10 * MS_PER_MINUTE;
const NEW_WAVE_UNITS = 100;

const toCome = ({ waves }: PlannedSale) => waves.filter(({ releasedAt }) => releasedAt === undefined);
const toRow = ({ at, quantity }: Wave): WaveRow => ({ at: toLocalInput(at), quantity: String(quantity) });
const toWave = ({ at, quantity }: WaveRow): Wave => ({
  at: fromLocalInput(at),
  quantity: Number(quantity),
});

/** The waves still to come as rows of a form. Waves come and other admins plan; what is being typed here stays. */
export function useWavePlan(sale: PlannedSale, onChange: (sale: PlannedSale) => void) {
  const [rows, setRows] = useState<WaveRow[]>(toCome(sale).map(toRow));
  const [errors, setErrors] = useState<FieldErrors>({});
  const [isTouched, setTouched] = useState(false);
  const plan = JSON.stringify(toCome(sale));
  /** The plan that the rows began with. */
  const [seen, setSeen] = useState(plan);
  const settle = (changed: string) => {
    setSeen(changed);
    setErrors({});
    setTouched(false);
  };
  const beginAnew = () => {
    settle(plan);
    setRows(toCome(sale).map(toRow));
  };
  useEffect(() => {
    if (!isTouched) beginAnew();
  }, [plan]);
  const change = (changed: WaveRow[]) => {
    setTouched(true);
    setRows(changed);
  };
  const save = async (waves: Wave[]) => {
    const before = toCome(sale).map(({ at, quantity }) => ({ at, quantity }));
    const answer = await ask("POST", "/spikes/:id/waves", { param: { id: sale.id }, json: { waves } });
    if (!answer.ok) {
      setErrors(errorsOf(answer.failure));
      return warn(reason(answer.failure));
    }
    settle(JSON.stringify(toCome(answer.body)));
    onChange(answer.body);
    notify(WORDS.saved, { undo: () => save(before) });
  };
  return {
    ...{ rows, errors, isTouched, change, beginAnew },
    isOutdated: isTouched && plan !== seen,
    add: () => change([...rows, rowAfter(rows.at(-1), sale)]),
    save: () => save(rows.map(toWave)),
  };
}

/** What is offered as the next wave: some time after the last one, the start and now. */
function rowAfter(last: WaveRow | undefined, { startsAt }: PlannedSale): WaveRow {
  const after = Math.max(CLOCK.now(), Date.parse(startsAt), last ? new Date(last.at).getTime() : 0);
  return toRow({ at: new Date(after + WAVE_GAP_MS).toISOString(), quantity: NEW_WAVE_UNITS });
}
