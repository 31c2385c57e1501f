/** @jsxImportSource hono/jsx/dom */
import { useEffect, useState } from "hono/jsx/dom";
import type { Answer } from "../../shared/answer.ts";
import type { BodyOf } from "../shared/admin-api.ts";
import { ask, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { useLoaded } from "../shared/load.ts";
import { warn } from "../shared/notices.ts";
import { count, Moment } from "../shared/parts.tsx";
import { CLOCK } from "../shared/server-clock.ts";
import { WORDS as COMMON } from "../shared/words.ts";
import { RESTORATION_WORDS as WORDS } from "./words.ts";

const PATH = "/spikes/:id/ledger/restoration";

type LostPage = BodyOf<"GET", "/lost-ledgers">;
type LostSale = LostPage["sales"][number];
type Assessment = BodyOf<"GET", typeof PATH>;
type Progress = BodyOf<"POST", typeof PATH>;

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
    const answer: Answer<LostPage> = await ask("GET", "/lost-ledgers", { query: { cursor } });
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
  const { body: assessment } = useLoaded(PATH, { param: { id } });
  const [progress, setProgress] = useState<Progress | undefined>(undefined);
  const restore = async () => {
    if (!progress && !(await confirmed(WORDS.ask(title)))) return;
    let [known, cursor] = [progress?.restore, undefined as string | undefined];
    for (;;) {
      const json = { confirm: id, unpaid: "expire", restore: known, cursor } as const;
      const answer: Answer<Progress> = await ask("POST", PATH, { param: { id }, json });
      if (!answer.ok) return warn(reason(answer.failure));
      setProgress(answer.body);
      if (answer.body.state !== "walking") return;
      ({ restore: known, cursor } = answer.body);
    }
  };
  useEffect(() => {
    if (progress?.until === undefined) return;
    const timer = setTimeout(() => void restore(), Math.max(0, Date.parse(progress.until) - CLOCK.now()));
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
