/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { ORDER_EVENT_TYPES, type OrderEventType } from "../../../workers/shared/webhook.ts";
import { ask, formErrorsOf } from "../shared/calls.ts";
import type { FormErrors } from "../shared/field-errors.ts";
import { useLoaded } from "../shared/load.ts";
import { notify } from "../shared/notices.ts";
import { described, Field, FormError, Moment } from "../shared/parts.tsx";
import { Table } from "../shared/table.tsx";
import { Secret } from "./secret.tsx";
import { WORDS } from "./words.ts";

const FIELDS = ["url", "events"] as const;
type Errors = FormErrors<(typeof FIELDS)[number]>;

/** Where order events are sent to. */
export function Screen() {
  const loaded = useLoaded("/webhooks");
  const [secret, setSecret] = useState<string | undefined>(undefined);
  const endpoints = loaded.body?.endpoints ?? [];
  const add = async (url: string, events: OrderEventType[]): Promise<Errors | undefined> => {
    const answer = await ask("POST", "/webhooks", { json: { url, events } });
    if (!answer.ok) return formErrorsOf(answer.failure, FIELDS);
    setSecret(answer.body.secret);
    notify(WORDS.added(url));
    await loaded.reload();
  };
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.title}</h1>
      </div>
      <p>{WORDS.lead}</p>
      <AddForm add={add} />
      {secret === undefined ? null : <Secret secret={secret} />}
      <Table label={WORDS.title} columns={WORDS.columns} unseen={[WORDS.open]}>
        {endpoints.map((endpoint) => (
          <tr key={endpoint.id}>
            <th scope="row" class="mono">
              {endpoint.url}
            </th>
            <td>{endpoint.events.map((event) => WORDS.event[event]).join(", ")}</td>
            <td>{endpoint.enabled ? WORDS.on : WORDS.off}</td>
            <td>
              <Moment at={endpoint.createdAt} />
            </td>
            <td>
              <a href={`/admin/webhooks/${endpoint.id}`}>
                {WORDS.open}
                <span class="sr"> {endpoint.url}</span>
              </a>
            </td>
          </tr>
        ))}
      </Table>
      <p role="status">{loaded.trouble ?? (loaded.body && endpoints.length === 0 ? WORDS.empty : "")}</p>
    </>
  );
}

interface AddFormProps {
  /** Sends it; answers with what is wrong, if anything. */
  add: (url: string, events: OrderEventType[]) => Promise<Errors | undefined>;
}

function AddForm({ add }: AddFormProps) {
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<OrderEventType[]>([...ORDER_EVENT_TYPES]);
  const [errors, setErrors] = useState<Errors>({});
  const submit = async (event: Event) => {
    event.preventDefault();
    if (url.trim() === "") return setErrors({ url: WORDS.sayWhere });
    if (events.length === 0) return setErrors({ events: WORDS.chooseEvents });
    const found = await add(url.trim(), events);
    setErrors(found ?? {});
    if (!found) setUrl("");
  };
  const toggle = (name: OrderEventType) =>
    setEvents(ORDER_EVENT_TYPES.filter((known) => events.includes(known) !== (known === name)));
  return (
    <form class="filters" noValidate onSubmit={(event: Event) => void submit(event)}>
      <Field id="webhook-url" label={WORDS.address} hint={WORDS.addressHint} error={errors.url}>
        <input
          {...described("webhook-url", errors.url)}
          type="url"
          autoComplete="off"
          spellcheck={false}
          value={url}
          onInput={(event: Event) => setUrl((event.target as HTMLInputElement).value)}
        />
      </Field>
      <fieldset class="field" aria-describedby="webhook-events-error">
        <legend>{WORDS.events}</legend>
        {ORDER_EVENT_TYPES.map((name) => (
          <label>
            <input type="checkbox" checked={events.includes(name)} onChange={() => toggle(name)} />{" "}
            {WORDS.event[name]}
          </label>
        ))}
        <p class="field-error" id="webhook-events-error">
          {errors.events ?? ""}
        </p>
      </fieldset>
      <button type="submit" class="button small">
        {WORDS.add}
      </button>
      <FormError text={errors[""]} />
    </form>
  );
}
