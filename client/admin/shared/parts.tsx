/** @jsxImportSource hono/jsx/dom */
import type { Child } from "hono/jsx";
import { formatMoment, formatNumber } from "../../../workers/pages/format.ts";
import { LANGUAGE } from "./language.ts";
import type { Pages } from "./load.ts";
import { WORDS } from "./words.ts";

export const count = (value: number): string => formatNumber(LANGUAGE, value);

/** A rate with one digit after the point while it is small. */
export function rate(value: number): string {
  return value >= 10 ? count(Math.round(value)) : count(Math.round(value * 10) / 10);
}

/** A moment where the reader is. */
export function Moment({ at }: { at: string }) {
  return <time dateTime={at}>{formatMoment(LANGUAGE, Date.parse(at))}</time>;
}

interface FieldProps {
  id: string;
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  wide?: boolean;
  children?: Child;
}

/** A labelled control with its hint and its complaint; the control takes `describedBy(id)`. */
export function Field({ id, label, hint, error, wide = false, children }: FieldProps) {
  return (
    <div class={wide ? "field wide" : "field"}>
      <label for={id}>{label}</label>
      {children}
      {hint === undefined ? null : (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <p class="field-error" id={`${id}-error`}>
        {error ?? ""}
      </p>
    </div>
  );
}

/** What is wrong with a form as a whole, below its last field. */
export function FormError({ text }: { text: string | undefined }) {
  return (
    <p class="form-error" role="alert">
      {text ?? ""}
    </p>
  );
}

/** What a control of a `Field` says about itself. */
export function described(id: string, error?: string) {
  return {
    id,
    "aria-describedby": `${id}-hint ${id}-error`,
    "aria-invalid": error === undefined ? "false" : "true",
  } as const;
}

/** How much of a stock is where, as a bar; the words beside it say the same. */
export function StockBar({ sold, held, total }: { sold: number; held: number; total: number }) {
  const part = (units: number) => (total > 0 ? (100 * units) / total : 0);
  return (
    <svg class="stock-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="part-left" width="100" height="8" />
      <rect class="part-held" width={part(sold + held)} height="8" />
      <rect class="part-sold" width={part(sold)} height="8" />
    </svg>
  );
}

/** Below a list: why it is empty, that it loads, or the button for more of it. */
export function ListEnd({ pages, empty }: { pages: Pages<unknown>; empty: string }) {
  const { items, isLoading, trouble, more } = pages;
  return (
    <div class="list-end">
      <p role="status">{trouble ?? (isLoading ? WORDS.loading : items.length === 0 ? empty : "")}</p>
      {more && !isLoading ? (
        <button type="button" class="button quiet small" onClick={() => void more()}>
          {WORDS.more}
        </button>
      ) : null}
    </div>
  );
}
