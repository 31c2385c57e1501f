/** @jsxImportSource hono/jsx/dom */
import { useRef } from "hono/jsx/dom";
import type { SpikeDefinition, WireSpike } from "../../../workers/spike/schemas.ts";
import { ask } from "../shared/calls.ts";
import type { FieldErrors } from "../shared/field-errors.ts";
import { useLoaded } from "../shared/load.ts";
import { WORDS as COMMON } from "../shared/words.ts";
import { changesBetween, type Draft, draftOf, readDraft } from "./draft.ts";
import { formName, SaleForm } from "./form.tsx";
import { FORM_WORDS as WORDS } from "./words.ts";

export function Screen({ id }: { id: string }) {
  const { body, trouble } = useLoaded("/spikes/:id", { param: { id } });
  if (!body) return <p role="status">{trouble ?? COMMON.loading}</p>;
  return <Edit sale={body} />;
}

function Edit({ sale }: { sale: WireSpike }) {
  const initial = draftOf(sale);
  const hasStarted = sale.serverTime >= sale.startsAt;
  /** What the admin has been told of: what differs from it is news. */
  const known = useRef(sale);
  const send = async (definition: SpikeDefinition) => {
    const param = { id: sale.id };
    const changes = changesFrom(sale, definition);
    const latest = await ask("GET", "/spikes/:id", { param });
    if (!latest.ok) return latest.failure;
    const clash = clashesOf(changes, known.current ?? sale, latest.body);
    known.current = latest.body;
    if (Object.keys(clash).length > 0) return { clash };
    const answer = await ask("PATCH", "/spikes/:id", { param, json: changes });
    return answer.ok ? { href: `/admin/sales/${sale.id}` } : answer.failure;
  };
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.editTitle(sale.title)}</h1>
      </div>
      {hasStarted ? <p class="hint">{WORDS.started}</p> : null}
      <SaleForm initial={initial} spikeId={sale.id} action={WORDS.save} hasStarted={hasStarted} send={send} />
    </>
  );
}

function changesFrom(sale: WireSpike, definition: SpikeDefinition): Partial<SpikeDefinition> {
  const before = readDraft(draftOf(sale));
  return "definition" in before ? changesBetween(before.definition, definition) : definition;
}

/** Those of the changes that would undo what somebody else has changed meanwhile. */
function clashesOf(changes: Partial<SpikeDefinition>, before: WireSpike, latest: WireSpike): FieldErrors {
  const read = readDraft(draftOf(latest));
  const theirs = "definition" in read ? changesFrom(before, read.definition) : {};
  const fields = Object.keys(changes).filter((field) => field in theirs);
  return Object.fromEntries(fields.map((field) => [field, WORDS.theirs(textOf(draftOf(latest), field))]));
}

/** What a field holds, as its control shows it; empty for what is no text. */
function textOf(draft: Draft, field: string): string {
  const value = draft[formName(field) as keyof Draft];
  return typeof value === "string" ? value : "";
}
