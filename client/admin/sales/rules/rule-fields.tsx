/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import type { AccessRule } from "../../../../workers/shared/access-rule.ts";
import { ACCESS_RULE_AGE_MAX_DAYS, TIER_MAX } from "../../../../workers/shared/limits.ts";
import { fromLocalInput, toLocalInput } from "../../shared/local-time.ts";
import { parseList } from "./kinds.ts";
import { WORDS } from "./words.ts";

export type SimpleRule = Exclude<AccessRule, { kind: "all" | "any" | "not" }>;

interface RuleFieldsProps {
  rule: SimpleRule;
  onChange: (rule: SimpleRule) => void;
}

/** What a rule asks for in particular. */
export function RuleFields({ rule, onChange }: RuleFieldsProps) {
  switch (rule.kind) {
    case "min_tier":
      return (
        <NumberInput
          label={WORDS.tier}
          max={TIER_MAX}
          value={rule.tier}
          onChange={(tier) => onChange({ ...rule, tier })}
        />
      );
    case "registered_before":
      return (
        <MomentInput label={WORDS.before} value={rule.at} onChange={(at) => onChange({ ...rule, at })} />
      );
    case "account_age_days":
      return (
        <NumberInput
          label={WORDS.days}
          unit={WORDS.daysUnit}
          max={ACCESS_RULE_AGE_MAX_DAYS}
          value={rule.days}
          onChange={(days) => onChange({ ...rule, days })}
        />
      );
    case "countries":
      return <AllowOrDeny rule={rule} placeholder="DE, FR, T1" isUpperCase onChange={onChange} />;
    case "users":
      return <AllowOrDeny rule={rule} placeholder={WORDS.users} onChange={onChange} />;
    case "percent_of_users":
      return (
        <NumberInput
          label={WORDS.percent}
          unit={WORDS.percentUnit}
          max={100}
          value={rule.percent}
          onChange={(percent) => onChange({ ...rule, percent })}
        />
      );
    case "bought_in":
    case "not_bought_in":
      return (
        <ListInput
          label={WORDS.sales}
          placeholder={WORDS.sales}
          entries={rule.spikeIds}
          onChange={(spikeIds) => onChange({ ...rule, spikeIds })}
        />
      );
    case "time_window":
      return (
        <>
          <MomentInput
            label={WORDS.from}
            value={rule.from}
            onChange={(from) => onChange({ ...rule, from })}
          />
          <MomentInput label={WORDS.to} value={rule.to} onChange={(to) => onChange({ ...rule, to })} />
        </>
      );
  }
}

type ListRule = Extract<SimpleRule, { kind: "countries" | "users" }>;

interface AllowOrDenyProps {
  rule: ListRule;
  placeholder: string;
  isUpperCase?: boolean;
  onChange: (rule: SimpleRule) => void;
}

/** A list of who may, or of who may not. */
function AllowOrDeny({ rule, placeholder, isUpperCase = false, onChange }: AllowOrDenyProps) {
  const isDeny = rule.deny !== undefined;
  const entries = rule.allow ?? rule.deny ?? [];
  const put = (list: string[], deny: boolean) =>
    onChange(deny ? { kind: rule.kind, deny: list } : { kind: rule.kind, allow: list });
  return (
    <>
      <select
        aria-label={WORDS.onlyOrAllBut}
        onChange={(event: Event) => put(entries, (event.target as HTMLSelectElement).value === "deny")}
      >
        <option value="allow" selected={!isDeny}>
          {WORDS.only}
        </option>
        <option value="deny" selected={isDeny}>
          {WORDS.allBut}
        </option>
      </select>
      <ListInput
        label={placeholder}
        placeholder={placeholder}
        entries={entries}
        onChange={(list) => put(isUpperCase ? list.map((entry) => entry.toUpperCase()) : list, isDeny)}
      />
    </>
  );
}

interface NumberInputProps {
  label: string;
  unit?: string;
  max: number;
  value: number;
  onChange: (value: number) => void;
}

function NumberInput({ label, unit, max, value, onChange }: NumberInputProps) {
  return (
    <span class="with-unit">
      <input
        type="number"
        aria-label={label}
        min={0}
        max={max}
        value={String(value)}
        onInput={(event: Event) => onChange(Number((event.target as HTMLInputElement).value))}
      />
      {unit ?? ""}
    </span>
  );
}

interface MomentInputProps {
  label: string;
  value: string;
  onChange: (instant: string) => void;
}

function MomentInput({ label, value, onChange }: MomentInputProps) {
  const [text] = useState(toLocalInput(value));
  return (
    <input
      type="datetime-local"
      aria-label={label}
      step={1}
      value={text}
      onInput={(event: Event) => onChange(fromLocalInput((event.target as HTMLInputElement).value))}
    />
  );
}

interface ListInputProps {
  label: string;
  placeholder: string;
  entries: string[];
  onChange: (entries: string[]) => void;
}

/** The text stays as it is typed: a comma at its end is no entry yet. */
function ListInput({ label, placeholder, entries, onChange }: ListInputProps) {
  const [text] = useState(entries.join(", "));
  return (
    <input
      class="list-input"
      type="text"
      aria-label={label}
      placeholder={placeholder}
      autoComplete="off"
      spellcheck={false}
      value={text}
      onInput={(event: Event) => onChange(parseList((event.target as HTMLInputElement).value))}
    />
  );
}
