/** @jsxImportSource hono/jsx/dom */
import { useEffect, useState } from "hono/jsx/dom";
import { ask, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { useLoaded } from "../shared/load.ts";
import { warn } from "../shared/notices.ts";
import { count, Moment } from "../shared/parts.tsx";
import { WORDS as COMMON } from "../shared/words.ts";
import { RESTORATION_WORDS as WORDS } from "./words.ts";

interface LostSale {
  id: string;
  title: string;
}

interface LostPage {
  sales: LostSale[];
  nextCursor?: string;
}

interface Assessment {
  orders: { paid: number; reserved: number };
  units: number;
  deadLetters: number;
}

interface Progress {
  restore: string;
  state: "walking" | "waiting" | "done";
  progress: { done: number; total: number };
  cursor?: string;
  until?: string;
  ledger?: { orders: number; sold: number; missing: number };
}

/** Sales whose ledger is gone, and the way back. */
export function LostLedgers() {
  const [sales, setSales] = useState<LostSale[] | undefined>(undefined);
  useEffect(() => void findLost().then(setSales), []);
  return (
    <section class="panel" aria-labelledby="lost-title">
      <h2 id="lost-title">{WORDS.title}</h2>
      <p>{WORDS.lead}</p>
      {sales === undefined ? <p role="status">{COMMON.loading}</p> : null}
      {sales?.length === 0 ? <p role="status">{WORDS.none}</p> : null}
      {(sales ?? []).map((sale) => (
        <LostLedger key={sale.id} sale={sale} />
      ))}
    </section>
  );
}

/** Those of all sales; a page of the list may have none. */
async function findLost(): Promise<LostSale[]> {
  const sales: LostSale[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const answer = await ask<LostPage>("GET", `/lost-ledgers${query}`);
    if (!answer.ok) {
      warn(reason(answer.failure));
      break;
    }
    sales.push(...answer.body.sales);
    cursor = answer.body.nextCursor;
  } while (cursor !== undefined);
  return sales;
}

function LostLedger({ sale: { id, title } }: { sale: LostSale }) {
  const path = `/spikes/${id}/ledger/restoration`;
  const { body: assessment } = useLoaded<Assessment>(path);
  const [progress, setProgress] = useState<Progress | undefined>(undefined);
  const restore = async () => {
    if (!progress && !(await confirmed(WORDS.ask(title)))) return;
    let [known, cursor] = [progress?.restore, undefined as string | undefined];
    for (;;) {
      const body = { confirm: id, unpaid: "expire", restore: known, cursor };
      const answer = await ask<Progress>("POST", path, body);
      if (!answer.ok) return warn(reason(answer.failure));
      setProgress(answer.body);
      if (answer.body.state !== "walking") return;
      ({ restore: known, cursor } = answer.body);
    }
  };
  useEffect(() => {
    if (progress?.until === undefined) return;
    const timer = setTimeout(() => void restore(), Math.max(0, Date.parse(progress.until) - Date.now()));
    return () => clearTimeout(timer);
  }, [progress?.until]);
  return (
    <div class="operations" data-lost={id}>
      <strong>{title}</strong>
      {assessment ? <Known assessment={assessment} /> : null}
      <p role="status">{progress ? <Said progress={progress} /> : null}</p>
      {progress?.state === "done" ? null : (
        <button type="button" class="button danger small" onClick={() => void restore()}>
          {WORDS.restore}
        </button>
      )}
    </div>
  );
}

function Known({ assessment: { orders, units, deadLetters } }: { assessment: Assessment }) {
  const letters = deadLetters > 0 ? [WORDS.letters(count(deadLetters))] : [];
  const known = [WORDS.orders(count(orders.paid), count(orders.reserved)), WORDS.units(count(units))];
  return <span>{[...known, ...letters].join(" · ")}</span>;
}

function Said({ progress: { state, progress, until, ledger } }: { progress: Progress }) {
  if (until !== undefined && state === "waiting") {
    return (
      <>
        {WORDS.waiting} <Moment at={until} />. {WORDS.waitHint}
      </>
    );
  }
  if (!ledger) return <>{WORDS.walking(count(progress.done), count(progress.total))}</>;
  return <>{WORDS.done(count(ledger.orders), count(ledger.sold), count(ledger.missing))}</>;
}
