/** @jsxImportSource hono/jsx/dom */
import type { WireSpike } from "../../../workers/spike/schemas.ts";
import { ask, once } from "../shared/calls.ts";
import { useLoaded } from "../shared/load.ts";
import { copyOf, type Draft, newDraft } from "./draft.ts";
import { SaleForm } from "./form.tsx";

/** A new sale, or with `?from=` in the address a copy of an existing one. */
export function Screen() {
  const from = new URLSearchParams(location.search).get("from");
  return from === null ? <Create initial={newDraft(Date.now())} /> : <CreateCopy from={from} />;
}

function CreateCopy({ from }: { from: string }) {
  const { body, trouble } = useLoaded<WireSpike>(`/spikes/${from}`);
  if (body) return <Create initial={copyOf(body, Date.now())} />;
  return <p role="status">{trouble ?? "Loading"}</p>;
}

/** However often the same form is sent, it makes one sale. */
const key = once();

function Create({ initial }: { initial: Draft }) {
  return (
    <>
      <div class="screen-head">
        <h1>New sale</h1>
      </div>
      <SaleForm
        initial={initial}
        spikeId=""
        action="Create the sale"
        send={async (definition) => {
          const answer = await ask<WireSpike>("POST", "/spikes", definition, key);
          if (!answer.ok) return answer.failure;
          location.assign(`/admin/sales/${answer.body.id}`);
        }}
      />
    </>
  );
}
