/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import type { BodyOf } from "../shared/admin-api.ts";
import { ask, formErrorsOf, reason } from "../shared/calls.ts";
import type { FormErrors } from "../shared/field-errors.ts";
import { confirmed } from "../shared/confirm.ts";
import { usePages } from "../shared/load.ts";
import { notify, warn } from "../shared/notices.ts";
import { described, Field, FormError, ListEnd, Moment } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { BLACKLIST_WORDS as WORDS } from "./words.ts";

type Entry = BodyOf<"GET", "/blacklist">["entries"][number];
/** A new one says for how long, by the server's clock; one that is put back has its old end. */
type NewEntry = Pick<Entry, "kind" | "value" | "reason" | "expiresAt"> & { forSeconds?: number };

const SECONDS_PER_HOUR = 3_600;
const TERMS = [
  { name: WORDS.terms.hour, hours: 1 },
  { name: WORDS.terms.day, hours: 24 },
  { name: WORDS.terms.month, hours: 720 },
  { name: WORDS.terms.forever, hours: 0 },
];

/** Who is barred, and for how long. */
export function Screen() {
  const pages = usePages("/blacklist", "entries");
  const put = async (entry: NewEntry) => {
    const { kind, value, reason: why, expiresAt, forSeconds } = entry;
    const json = { reason: why, expiresAt, forSeconds };
    const answer = await ask("PUT", "/blacklist/:kind/:value", { param: { kind, value }, json });
    if (answer.ok) await pages.reload();
    return answer.ok ? undefined : answer.failure;
  };
  const takeOff = async (entry: NewEntry) => {
    const { kind, value } = entry;
    const answer = await ask("DELETE", "/blacklist/:kind/:value", { param: { kind, value } });
    if (!answer.ok) return warn(reason(answer.failure));
    await pages.reload();
    const undo = async () => {
      const failure = await put(entry);
      if (failure) warn(reason(failure));
    };
    notify(WORDS.lifted(entry.value), { undo });
  };
  const lift = async (entry: Entry) => {
    if (await confirmed(WORDS.askLift(entry.value))) await takeOff(entry);
  };
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.title}</h1>
      </div>
      <BarForm
        bar={async (entry) => {
          const failure = await put(entry);
          if (failure) return formErrorsOf(failure, FIELDS);
          notify(WORDS.barred(entry.value), { undo: () => takeOff(entry) });
        }}
      />
      <Table label={WORDS.title} columns={WORDS.columns} unseen={[WORDS.lift]}>
        {pages.items.map((entry) => (
          <tr key={`${entry.kind} ${entry.value}`}>
            <th scope="row" class="mono">
              {entry.value}
            </th>
            <td>{entry.reason}</td>
            <td>{entry.expiresAt ? <Moment at={entry.expiresAt} /> : WORDS.byHand}</td>
            <td>
              <Moment at={entry.createdAt} />
            </td>
            <td class="mono">{entry.createdBy}</td>
            <td>
              <button type="button" class="link" onClick={() => void lift(entry)}>
                {WORDS.lift}
                <span class="sr">{WORDS.liftFrom(entry.value)}</span>
              </button>
            </td>
          </tr>
        ))}
      </Table>
      <ListEnd pages={pages} empty={WORDS.empty} />
    </>
  );
}

const FIELDS = ["value", "reason"] as const;
type Errors = FormErrors<(typeof FIELDS)[number]>;

/** @param bar sends it; answers with what is wrong, if anything. */
function BarForm({ bar }: { bar: (entry: NewEntry) => Promise<Errors | undefined> }) {
  const [kind, setKind] = useState<Entry["kind"]>("user");
  const [value, setValue] = useState("");
  const [why, setWhy] = useState("");
  const [hours, setHours] = useState(24);
  const [errors, setErrors] = useState<Errors>({});
  const valueOf = (event: Event) => (event.target as HTMLInputElement | HTMLSelectElement).value;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (value.trim() === "") return setErrors({ value: WORDS.sayWhom });
    if (why.trim() === "") return setErrors({ reason: WORDS.sayWhy });
    const term = hours > 0 && { forSeconds: hours * SECONDS_PER_HOUR };
    const entry = { kind, value: value.trim(), reason: why.trim(), ...term };
    const found = await bar(entry);
    setErrors(found ?? {});
    if (found) return;
    setValue("");
    setWhy("");
  };
  return (
    <form class="filters" noValidate onSubmit={(event: Event) => void submit(event)}>
      <Field id="bar-kind" label={WORDS.kind}>
        <select id="bar-kind" onChange={(event: Event) => setKind(valueOf(event) as Entry["kind"])}>
          <option value="user">{WORDS.user}</option>
          <option value="ip">{WORDS.address}</option>
        </select>
      </Field>
      <Field id="bar-value" label={kind === "user" ? WORDS.userId : WORDS.ipAddress} error={errors.value}>
        <input
          {...described("bar-value", errors.value)}
          autoComplete="off"
          spellcheck={false}
          value={value}
          onInput={(event: Event) => setValue(valueOf(event))}
        />
      </Field>
      <Field id="bar-why" label={WORDS.because} error={errors.reason}>
        <input
          {...described("bar-why", errors.reason)}
          autoComplete="off"
          value={why}
          onInput={(event: Event) => setWhy(valueOf(event))}
        />
      </Field>
      <Field id="bar-term" label={WORDS.term}>
        <select id="bar-term" onChange={(event: Event) => setHours(Number(valueOf(event)))}>
          {TERMS.map((term) => (
            <option value={String(term.hours)} selected={term.hours === hours}>
              {term.name}
            </option>
          ))}
        </select>
      </Field>
      <button type="submit" class="button danger small">
        {WORDS.bar}
      </button>
      <FormError text={errors[""]} />
    </form>
  );
}
