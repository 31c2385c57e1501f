/** @jsxImportSource hono/jsx/dom */
import type { WireSpike } from "../../../workers/spike/schemas.ts";
import { ask } from "../shared/calls.ts";
import { useLoaded } from "../shared/load.ts";
import { WORDS as COMMON } from "../shared/words.ts";
import { changesBetween, draftOf, readDraft } from "./draft.ts";
import { SaleForm } from "./form.tsx";
import { FORM_WORDS as WORDS } from "./words.ts";

export function Screen({ id }: { id: string }) {
  const { body, trouble } = useLoaded("/spikes/:id", { param: { id } });
  if (!body) return <p role="status">{trouble ?? COMMON.loading}</p>;
  return <Edit sale={body} />;
}

function Edit({ sale }: { sale: WireSpike }) {
  const initial = draftOf(sale);
  const before = readDraft(initial);
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.editTitle(sale.title)}</h1>
      </div>
      {sale.phase === "upcoming" ? null : <p class="hint">{WORDS.started}</p>}
      <SaleForm
        initial={initial}
        spikeId={sale.id}
        action={WORDS.save}
        send={async (definition) => {
          const changes = "definition" in before ? changesBetween(before.definition, definition) : definition;
          const answer = await ask("PATCH", "/spikes/:id", { param: { id: sale.id }, json: changes });
          if (!answer.ok) return answer.failure;
          location.assign(`/admin/sales/${sale.id}`);
        }}
      />
    </>
  );
}
