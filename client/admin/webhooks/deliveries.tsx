/** @jsxImportSource hono/jsx/dom */
import { useEffect, useState } from "hono/jsx/dom";
import type { DeliveryState } from "../../../workers/shared/webhook.ts";
import type { BodyOf } from "../shared/admin-api.ts";
import { ask, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { explained } from "../shared/explanation-words.ts";
import { usePages } from "../shared/load.ts";
import { notify, warn } from "../shared/notices.ts";
import { count, Field, ListEnd, Moment } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { WORDS } from "./words.ts";

/** How long after something was sent the list looks again, in milliseconds. */
const LOOK_AGAIN_MS = 1_500;

const STATES: readonly DeliveryState[] = ["pending", "delivered", "dead"];

type Delivery = BodyOf<"GET", "/webhooks/:id/deliveries">["deliveries"][number];

interface DeliveriesProps {
  /** Its id. */
  endpoint: string;
  /** Grows with each trial, so that the list looks again. */
  sent: number;
}

/** What was sent to an endpoint, is waiting, or was given up. */
export function Deliveries({ endpoint, sent }: DeliveriesProps) {
  const [state, setState] = useState<DeliveryState | "">("");
  const param = { id: endpoint };
  const query = state === "" ? {} : { state };
  const pages = usePages("/webhooks/:id/deliveries", "deliveries", { param, query });
  useEffect(() => {
    if (sent === 0) return;
    const timer = setTimeout(() => void pages.reload(), LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [sent]);
  const replay = async ({ id }: Delivery) => {
    const one = { ...param, deliveryId: id };
    const answer = await ask("POST", "/webhooks/:id/deliveries/:deliveryId/replay", { param: one });
    if (!answer.ok) return warn(reason(answer.failure));
    notify(WORDS.replayed);
    await pages.reload();
  };
  const replayAll = async () => {
    if (!(await confirmed(WORDS.askReplayAll))) return;
    const answer = await ask("POST", "/webhooks/:id/replay", { param });
    if (!answer.ok) return warn(reason(answer.failure));
    notify(WORDS.replayedAll(count(answer.body.replayed)));
    await pages.reload();
  };
  return (
    <section aria-labelledby="deliveries-title">
      <h2 id="deliveries-title">{WORDS.deliveries}</h2>
      <div class="filters">
        <Field id="delivery-state" label={WORDS.state}>
          <select
            id="delivery-state"
            onChange={(event: Event) =>
              setState((event.target as HTMLSelectElement).value as DeliveryState | "")
            }
          >
            <option value="">{WORDS.allStates}</option>
            {STATES.map((name) => (
              <option value={name} selected={name === state}>
                {WORDS.states[name]}
              </option>
            ))}
          </select>
        </Field>
        <button type="button" class="button quiet small" onClick={() => void pages.reload()}>
          {WORDS.refresh}
        </button>
        <button type="button" class="button small" onClick={() => void replayAll()}>
          {WORDS.replayAll}
        </button>
      </div>
      <Table label={WORDS.deliveries} columns={WORDS.deliveryColumns} unseen={[WORDS.replay]}>
        {pages.items.map((delivery) => (
          <DeliveryRow key={delivery.id} delivery={delivery} replay={() => replay(delivery)} />
        ))}
      </Table>
      <ListEnd pages={pages} empty={WORDS.noDeliveries} />
    </section>
  );
}

function DeliveryRow({ delivery, replay }: { delivery: Delivery; replay: () => Promise<void> }) {
  const { id, event, orderId, state, attempts, nextAttemptAt } = delivery;
  const { lastStatus, lastError, explanation } = delivery;
  return (
    <tr data-delivery={id}>
      <th scope="row" class="short">
        {WORDS.event[event]}
      </th>
      <td class="mono">{orderId ?? ""}</td>
      <td>
        {WORDS.states[state]}
        {nextAttemptAt !== undefined && attempts > 0 ? (
          <>
            {" · "}
            {WORDS.next}
            <Moment at={nextAttemptAt} />
          </>
        ) : null}
      </td>
      <td class="number">{count(attempts)}</td>
      <td>
        <Moment at={delivery.attemptedAt ?? delivery.createdAt} />
      </td>
      <td>{lastError === undefined ? (lastStatus ?? "") : explained(explanation, lastError)}</td>
      <td>
        <button type="button" class="link" onClick={() => void replay()}>
          {WORDS.replay}
          <span class="sr">{WORDS.replayOf(id)}</span>
        </button>
      </td>
    </tr>
  );
}
