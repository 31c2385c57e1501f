/** @jsxImportSource hono/jsx/dom */
import type { AccessRule } from "../../../../workers/shared/access-rule.ts";
import { ACCESS_RULE_DEPTH_MAX, ACCESS_RULES_MAX } from "../../../../workers/shared/limits.ts";
import { newRule, type RuleKind } from "./kinds.ts";
import { RuleFields } from "./rule-fields.tsx";
import { KIND_NAMES, WORDS } from "./words.ts";

interface RuleListProps {
  rules: AccessRule[];
  onChange: (rules: AccessRule[]) => void;
  /** How deep this list is nested; the outermost is 1. */
  depth?: number;
  /** Fewest rules; the outermost list may be empty, which lets everyone in. */
  least?: number;
}

/** Rules one below the other, and a way to add another. */
export function RuleList({ rules, onChange, depth = 1, least = 0 }: RuleListProps) {
  const put = (index: number, rule: AccessRule) => onChange(rules.with(index, rule));
  return (
    <div class="rules">
      {rules.length === 0 ? <p class="rules-none">{WORDS.none}</p> : null}
      {rules.map((rule, index) => (
        <RuleBox
          rule={rule}
          depth={depth}
          onChange={(changed) => put(index, changed)}
          onRemove={rules.length > least ? () => onChange(rules.toSpliced(index, 1)) : undefined}
        />
      ))}
      {rules.length < ACCESS_RULES_MAX ? (
        <button
          type="button"
          class="button quiet small"
          onClick={() => onChange([...rules, newRule("min_tier", Date.now())])}
        >
          {WORDS.add}
        </button>
      ) : null}
    </div>
  );
}

interface RuleBoxProps {
  rule: AccessRule;
  depth: number;
  onChange: (rule: AccessRule) => void;
  onRemove?: (() => void) | undefined;
}

function RuleBox({ rule, depth, onChange, onRemove }: RuleBoxProps) {
  const isDeepest = depth >= ACCESS_RULE_DEPTH_MAX;
  const kinds = (Object.keys(KIND_NAMES) as RuleKind[]).filter((kind) => !isDeepest || !isCombining(kind));
  return (
    <div class="rule-box" role="group" aria-label={KIND_NAMES[rule.kind]}>
      <div class="rule-line">
        <select
          aria-label={WORDS.kind}
          value={rule.kind}
          onChange={(event: Event) => {
            onChange(newRule((event.target as HTMLSelectElement).value as RuleKind, Date.now()));
          }}
        >
          {kinds.map((kind) => (
            <option value={kind} selected={kind === rule.kind}>
              {KIND_NAMES[kind]}
            </option>
          ))}
        </select>
        {rule.kind === "all" || rule.kind === "any" || rule.kind === "not" ? null : (
          <RuleFields key={rule.kind} rule={rule} onChange={onChange} />
        )}
        {onRemove ? (
          <button
            type="button"
            class="link"
            aria-label={WORDS.removeRule(KIND_NAMES[rule.kind])}
            onClick={onRemove}
          >
            {WORDS.remove}
          </button>
        ) : null}
      </div>
      <Inner rule={rule} depth={depth + 1} onChange={onChange} />
    </div>
  );
}

/** The rules within a rule that combines others. */
function Inner({ rule, depth, onChange }: Omit<RuleBoxProps, "onRemove">) {
  switch (rule.kind) {
    case "all":
    case "any":
      return (
        <RuleList
          rules={rule.rules}
          depth={depth}
          least={1}
          onChange={(rules) => onChange({ ...rule, rules })}
        />
      );
    case "not":
      return (
        <RuleBox rule={rule.rule} depth={depth} onChange={(inner) => onChange({ ...rule, rule: inner })} />
      );
    default:
      return null;
  }
}

const isCombining = (kind: RuleKind): boolean => kind === "all" || kind === "any" || kind === "not";
