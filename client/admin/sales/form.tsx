/** @jsxImportSource hono/jsx/dom */
import { useEffect, useRef, useState } from "hono/jsx/dom";
import { FIXED_ONCE_STARTED } from "../../../workers/shared/spike.ts";
import type { SpikeDefinition } from "../../../workers/spike/schemas.ts";
import type { Failure } from "../../shared/answer.ts";
import { errorsOf, reason } from "../shared/calls.ts";
import type { FieldErrors } from "../shared/field-errors.ts";
import { LOCAL_ZONE } from "../shared/local-time.ts";
import { described, Field } from "../shared/parts.tsx";
import { type Draft, readDraft, type TextField } from "./draft.ts";
import { EstimatePanel } from "./estimate.tsx";
import { PreviewPanel } from "./preview.tsx";
import { AccessCheck } from "./rules/access-check.tsx";
import { RuleList } from "./rules/rule-list.tsx";
import { WORDS as COMMON } from "../shared/words.ts";
import { FORM_WORDS as WORDS } from "./words.ts";

const CURRENCIES = Intl.supportedValuesOf("currency");
/** Those that most sales are in come first. */
const COMMON_CURRENCIES = ["EUR", "USD", "CNY", "GBP", "JPY"];

/** The name by which the API complains about what a control holds. */
const WIRE_NAMES: Partial<Record<TextField, string>> = {
  price: "priceMinor",
  originalPrice: "originalPriceMinor",
};
const wireName = (field: TextField): string => WIRE_NAMES[field] ?? field;
export const formName = (path: string): string =>
  Object.entries(WIRE_NAMES).find(([, wire]) => wire === path)?.[0] ?? path;

interface FormProps {
  initial: Draft;
  /** The sale that is edited; empty for a new one. */
  spikeId: string;
  action: string;
  /** Whether shoppers have been promised what then stays as it is. */
  hasStarted?: boolean;
  /** Sends it; where it was taken, answers where to go on. */
  send: (definition: SpikeDefinition) => Promise<{ href: string } | Failure | Clash>;
}

/** What somebody else has changed since the form was filled in, in words by field. */
export interface Clash {
  clash: FieldErrors;
}

/** Everything an admin says about a sale, with what becomes of it beside. */
export function SaleForm({ initial, spikeId, action, hasStarted = false, send }: FormProps) {
  const [draft, setDraft] = useState(initial);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [trouble, setTrouble] = useState("");
  const [isSending, setSending] = useState(false);
  const leave = useAskBeforeLeaving(JSON.stringify(draft) !== JSON.stringify(initial));
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));

  const complain = (found: FieldErrors, text: string) => {
    setErrors(found);
    setTrouble(text);
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const read = readDraft(draft);
    if ("errors" in read) return complain(read.errors, WORDS.someFields);
    setSending(true);
    const result = await send(read.definition);
    if ("href" in result) return leave(() => location.assign(result.href));
    setSending(false);
    if ("clash" in result) return complain(result.clash, WORDS.clash);
    const found = errorsOf(result);
    const isAllShown = Object.keys(found).length > 0 && Object.keys(found).every(isShown);
    complain(found, isAllShown ? WORDS.serverFields : reason(result));
  };
  const props = { draft, errors, change, hasStarted };
  return (
    <div class="editor">
      <form class="sale-form" noValidate onSubmit={(event: Event) => void submit(event)}>
        <p class="form-error" role="alert">
          {trouble}
        </p>
        <What {...props} />
        <Price {...props} isNew={spikeId === ""} />
        <When {...props} />
        <fieldset>
          <legend>{WORDS.who}</legend>
          <RuleList rules={draft.accessRules} onChange={(accessRules) => change({ accessRules })} />
          <p class="field-error" role="alert">
            {ruleErrors(errors)}
          </p>
          <AccessCheck rules={draft.accessRules} spikeId={spikeId} />
        </fieldset>
        <div class="form-actions">
          <button class="button" type="submit" disabled={isSending}>
            {action}
          </button>
          <a
            class="button quiet"
            href={spikeId === "" ? "/admin" : `/admin/sales/${spikeId}`}
            onClick={() => leave()}
          >
            {WORDS.leave}
          </a>
        </div>
      </form>
      <aside class="beside" aria-label={WORDS.beside}>
        <EstimatePanel draft={draft} />
        <PreviewPanel draft={draft} spikeId={spikeId} />
      </aside>
    </div>
  );
}

/** The browser asks before a form with something in it is left, but not where `leave` was called first. */
function useAskBeforeLeaving(isChanged: boolean): (go?: () => void) => void {
  const isLeaving = useRef(false);
  useEffect(() => {
    if (!isChanged) return;
    const stay = (event: BeforeUnloadEvent) => {
      if (!isLeaving.current) event.preventDefault();
    };
    addEventListener("beforeunload", stay);
    return () => removeEventListener("beforeunload", stay);
  }, [isChanged]);
  return (go) => {
    isLeaving.current = true;
    go?.();
  };
}

/** Whether a complaint stands at what it is about. */
function isShown(path: string): boolean {
  return path.startsWith("accessRules") || document.getElementById(`${formName(path)}-error`) !== null;
}

/** Where in the rule builder: `accessRules.0.rules.1.tier` is the second rule within the first, 1.2. */
function rulePlace(path: string): string {
  const places = path.match(/(?<=[rR]ules\.)\d+/g) ?? [];
  return places.map((place) => Number(place) + 1).join(".");
}

function ruleErrors(errors: FieldErrors): string {
  const own = Object.entries(errors).filter(([path]) => path.startsWith("accessRules"));
  return own.map(([path, message]) => WORDS.ofRule(rulePlace(path), message)).join(COMMON.between);
}

interface PartProps {
  draft: Draft;
  errors: FieldErrors;
  change: (changes: Partial<Draft>) => void;
  hasStarted: boolean;
}

/** Whether a field stays as it is because the sale has started. */
const isFixed = (field: TextField, hasStarted: boolean): boolean =>
  hasStarted && FIXED_ONCE_STARTED.some((name) => name === wireName(field));

function What(props: PartProps) {
  return (
    <fieldset>
      <legend>{WORDS.what}</legend>
      <TextInput {...props} field="title" label={WORDS.title} wide />
      <Field id="description" label={WORDS.description} error={props.errors["description"]} wide>
        <textarea
          {...described("description", props.errors["description"])}
          rows={5}
          value={props.draft.description}
          onInput={(event: Event) => props.change({ description: textOf(event) })}
        />
      </Field>
      <TextInput {...props} field="imageUrl" label={WORDS.picture} hint={WORDS.pictureHint} wide />
    </fieldset>
  );
}

function Price({ isNew, ...props }: PartProps & { isNew: boolean }) {
  const rest = CURRENCIES.filter((code) => !COMMON_CURRENCIES.includes(code));
  return (
    <fieldset>
      <legend>{WORDS.howMuch}</legend>
      <TextInput {...props} field="price" label={WORDS.price} mode="decimal" />
      <TextInput
        {...props}
        field="originalPrice"
        label={WORDS.priceBefore}
        mode="decimal"
        hint={WORDS.mayBeEmpty}
      />
      <Field id="currency" label={WORDS.currency} error={props.errors["currency"]}>
        <select
          {...described("currency", props.errors["currency"])}
          value={props.draft.currency}
          disabled={isFixed("currency", props.hasStarted)}
          onChange={(event: Event) => props.change({ currency: textOf(event) })}
        >
          {[...COMMON_CURRENCIES, ...rest].map((code) => (
            <option value={code} selected={code === props.draft.currency}>
              {code}
            </option>
          ))}
        </select>
      </Field>
      <TextInput {...props} field="stock" label={WORDS.stock} mode="numeric" hint={WORDS.units} />
      <TextInput {...props} field="maxPerUser" label={WORDS.perPerson} mode="numeric" hint={WORDS.units} />
      <TextInput {...props} field="holdSeconds" label={WORDS.hold} mode="numeric" hint={WORDS.seconds} />
      {isNew ? (
        <TextInput {...props} field="stripes" label={WORDS.ledgers} mode="numeric" hint={WORDS.ledgersHint} />
      ) : null}
    </fieldset>
  );
}

function When(props: PartProps) {
  return (
    <fieldset class="moments">
      <legend>{WORDS.when}</legend>
      <TextInput {...props} field="startsAt" label={WORDS.starts} type="datetime-local" hint={LOCAL_ZONE} />
      <TextInput {...props} field="endsAt" label={WORDS.ends} type="datetime-local" hint={LOCAL_ZONE} />
    </fieldset>
  );
}

interface TextInputProps extends PartProps {
  field: TextField;
  label: string;
  type?: string;
  hint?: string;
  mode?: "decimal" | "numeric";
  wide?: boolean;
}

function TextInput(props: TextInputProps) {
  const { draft, errors, change, hasStarted, field, label, type = "text", hint, mode, wide } = props;
  const error = errors[wireName(field)];
  return (
    <Field id={field} label={label} hint={hint} error={error} wide={wide ?? false}>
      <input
        {...described(field, error)}
        type={type}
        inputMode={mode}
        step={type === "datetime-local" ? 1 : undefined}
        autoComplete="off"
        disabled={isFixed(field, hasStarted)}
        value={draft[field]}
        onInput={(event: Event) => change({ [field]: textOf(event) })}
      />
    </Field>
  );
}

/** What a control holds after an event. */
function textOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement).value;
}
