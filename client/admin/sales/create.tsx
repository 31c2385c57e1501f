/** @jsxImportSource hono/jsx/dom */
import { ask, once } from "../shared/calls.ts";
import { useLoaded } from "../shared/load.ts";
import { WORDS as COMMON } from "../shared/words.ts";
import { copyOf, type Draft, newDraft } from "./draft.ts";
import { SaleForm } from "./form.tsx";
import { FORM_WORDS as WORDS } from "./words.ts";

/** A new sale, or with `?from=` in the address a copy of an existing one. */
export function Screen() {
  const from = new URLSearchParams(location.search).get("from");
  return from === null ? <Create initial={newDraft(Date.now())} /> : <CreateCopy from={from} />;
}

function CreateCopy({ from }: { from: string }) {
  const { body, trouble } = useLoaded("/spikes/:id", { param: { id: from } });
  if (body) return <Create initial={copyOf(body, Date.now())} />;
  return <p role="status">{trouble ?? COMMON.loading}</p>;
}

/** However often the same form is sent, it makes one sale. */
const key = once();

function Create({ initial }: { initial: Draft }) {
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.newTitle}</h1>
      </div>
      <SaleForm
        initial={initial}
        spikeId=""
        action={WORDS.create}
        send={async (definition) => {
          const answer = await ask("POST", "/spikes", { json: definition, header: key });
          if (!answer.ok) return answer.failure;
          return { href: `/admin/sales/${answer.body.id}` };
        }}
      />
    </>
  );
}
