/** @jsxImportSource hono/jsx/dom */
import type { Answer } from "../../shared/answer.ts";
import type { BodyOf } from "../shared/admin-api.ts";
import { ask, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { usePages } from "../shared/load.ts";
import { notify, warn } from "../shared/notices.ts";
import { count, ListEnd, Moment } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { DeadLetters } from "./dead-letters.tsx";
import { LostLedgers } from "./lost-ledgers.tsx";
import { differencesOf, type Run } from "./runs.ts";
import { RESTORATION_WORDS as WORDS } from "./words.ts";

/** What has gone wrong, in all sales, and how to put it right. */
export function Screen() {
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.screen}</h1>
      </div>
      <DeadLetters />
      <LostLedgers />
      <AllSales />
    </>
  );
}

type Opened = BodyOf<"POST", "/reconciliations">;

/** Begins runs for all sales, a page of them at a time; how many have one now. */
async function openRuns(mode: Run["mode"]): Promise<number | undefined> {
  let [opened, cursor] = [0, undefined as string | undefined];
  do {
    const answer: Answer<Opened> = await ask("POST", "/reconciliations", { json: { mode, cursor } });
    if (!answer.ok) {
      warn(reason(answer.failure));
      return undefined;
    }
    opened += answer.body.opened;
    cursor = answer.body.nextCursor;
  } while (cursor !== undefined);
  return opened;
}

function AllSales() {
  const pages = usePages("/reconciliations", "runs");
  const start = async (mode: Run["mode"]) => {
    if (mode === "repair" && !(await confirmed(WORDS.askAll))) return;
    const opened = await openRuns(mode);
    if (opened !== undefined) notify(WORDS.opened(count(opened)));
    await pages.reload();
  };
  return (
    <section class="panel" aria-labelledby="all-title">
      <h2 id="all-title">{WORDS.everything}</h2>
      <p>{WORDS.everythingLead}</p>
      <div class="operations">
        <button type="button" class="button small" onClick={() => void start("compare")}>
          {WORDS.compareAll}
        </button>
        <button type="button" class="button danger small" onClick={() => void start("repair")}>
          {WORDS.repairAll}
        </button>
      </div>
      <Table label={WORDS.runs} columns={WORDS.runColumns}>
        {pages.items.map((run) => (
          <tr key={run.run}>
            <td>
              <Moment at={run.startedAt} />
            </td>
            <td class="mono">
              <a href={`/admin/sales/${run.spikeId}`}>{run.spikeId}</a>
            </td>
            <td>{WORDS.modes[run.mode]}</td>
            <td class="mono">{run.startedBy}</td>
            <td>
              {count(run.progress.done)} / {count(run.progress.total)}
            </td>
            <td>{count(differencesOf(run))}</td>
          </tr>
        ))}
      </Table>
      <ListEnd pages={pages} empty={WORDS.noRuns} />
    </section>
  );
}
