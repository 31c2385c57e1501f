/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { formatMoney } from "../../../workers/pages/format.ts";
import { ORDER_STATE_NAMES } from "../../../workers/pages/words/order-states.ts";
import { reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { LANGUAGE } from "../shared/language.ts";
import { warn } from "../shared/notices.ts";
import { count } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { type Difference, differencesOf, reconcile, type Report, type Run, type Side } from "./runs.ts";
import { RECONCILIATION_WORDS as WORDS } from "./words.ts";

const STATES = ["reserved", "paid", "cancelled", "expired"] as const;

/** Whether the database says what the sale's ledger says, and a button that makes it. */
export function Reconciliation({ id }: { id: string }) {
  const [report, setReport] = useState<Report | undefined>(undefined);
  const [isRunning, setRunning] = useState(false);
  const start = async (mode: Run["mode"]) => {
    setRunning(true);
    const answer = await reconcile(id, mode, setReport);
    setRunning(false);
    if (!answer.ok) warn(reason(answer.failure));
  };
  const repair = async () => {
    if (await confirmed(WORDS.askRepair)) await start("repair");
  };
  return (
    <section aria-labelledby="reconciliation-title" class="panel reconciliation">
      <h2 id="reconciliation-title">{WORDS.title}</h2>
      <p>{WORDS.lead}</p>
      <div class="operations">
        <button type="button" class="button small" disabled={isRunning} onClick={() => void start("compare")}>
          {WORDS.compare}
        </button>
        <button type="button" class="button danger small" disabled={isRunning} onClick={() => void repair()}>
          {WORDS.repair}
        </button>
      </div>
      {report ? <Outcome report={report} /> : null}
    </section>
  );
}

function Outcome({ report }: { report: Report }) {
  const { progress, state, counts, differences, nextCursor, found } = report;
  return (
    <>
      <p
        role="status"
        data-reconciliation={state === "done" ? (report.matches ? "matches" : "differs") : state}
      >
        {state === "running"
          ? WORDS.progress(count(progress.done), count(progress.total))
          : verdictOf(report)}
        {found.onTheWay > 0 ? ` ${WORDS.onTheWay(count(found.onTheWay))}` : ""}
      </p>
      {state === "running" ? <progress value={progress.done} max={Math.max(1, progress.total)} /> : null}
      <Table label={WORDS.counts} columns={WORDS.countColumns}>
        {STATES.map((name) => (
          <tr key={name}>
            <th scope="row">{ORDER_STATE_NAMES[LANGUAGE][name]}</th>
            <td>{count(counts.ledger[name])}</td>
            <td>{count(counts.database[name])}</td>
          </tr>
        ))}
      </Table>
      {differences.length === 0 ? null : (
        <Table label={WORDS.differences} columns={WORDS.columns}>
          {differences.map((difference) => (
            <DifferenceRow key={difference.orderId} difference={difference} />
          ))}
        </Table>
      )}
      {nextCursor === undefined ? null : <p>{WORDS.more(count(differencesOf(report)))}</p>}
    </>
  );
}

function verdictOf(report: Report): string {
  const { mode, kept, refused, found } = report;
  if (report.matches) return WORDS.matches;
  const kinds = (["missing", "extra", "different"] as const).filter((kind) => found[kind] > 0);
  const listed = kinds.map((kind) => `${WORDS.kinds[kind]}: ${count(found[kind])}`).join(" · ");
  if (mode === "compare") return listed;
  const left = kept + refused > 0 ? ` ${WORDS.left(count(kept), count(refused))}` : "";
  return `${listed}. ${WORDS.repaired(count(differencesOf(report) - kept - refused))}${left}`;
}

function DifferenceRow({ difference }: { difference: Difference }) {
  const { orderId, kind, fields, ledger, database, outcome, reason: why } = difference;
  return (
    <tr data-difference={kind}>
      <th scope="row" class="mono">
        {orderId}
      </th>
      <td>
        {WORDS.kinds[kind]}
        {fields.length > 0 ? `: ${fields.map(fieldName).join(WORDS.comma)}` : ""}
      </td>
      <td>{sideText(ledger)}</td>
      <td>{sideText(database)}</td>
      <td>
        {WORDS.outcomes[outcome]}
        {why === undefined ? "" : `: ${why}`}
      </td>
    </tr>
  );
}

/** What a side says about an order, on one line. */
function sideText(side: Side | undefined): string {
  if (!side) return WORDS.none;
  const { state, quantity, amountMinor, currency, userId, version } = side;
  return `${stateName(state)} · ${count(quantity)} · ${money(amountMinor, currency)} · ${userId} · v${version}`;
}

/** A damaged state has no name. */
function stateName(state: string): string {
  return Object.hasOwn(ORDER_STATE_NAMES[LANGUAGE], state)
    ? ORDER_STATE_NAMES[LANGUAGE][state as (typeof STATES)[number]]
    : state;
}

/** A newer server may compare more than this page knows. */
function fieldName(field: string): string {
  return Object.hasOwn(WORDS.fields, field) ? WORDS.fields[field as keyof typeof WORDS.fields] : field;
}

/** A damaged currency must not hide the other damage. */
function money(amountMinor: number, currency: string): string {
  return /^[A-Z]{3}$/.test(currency)
    ? formatMoney(LANGUAGE, amountMinor, currency)
    : `${amountMinor} ${currency}`;
}
