/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { ask, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { useLoaded } from "../shared/load.ts";
import { notify, warn } from "../shared/notices.ts";
import { WORDS as COMMON } from "../shared/words.ts";
import { Deliveries } from "./deliveries.tsx";
import { Secret } from "./secret.tsx";
import { WORDS } from "./words.ts";

const LIST_HREF = "/admin/webhooks";

/** One endpoint: try it out, change its secret, switch it off, and see what became of its events. */
export function Screen({ id }: { id: string }) {
  const param = { id };
  const loaded = useLoaded("/webhooks/:id", { param });
  const [secret, setSecret] = useState<string | undefined>(undefined);
  /** Counts what was sent, so that the list looks again. */
  const [sent, setSent] = useState(0);
  const endpoint = loaded.body;
  const tryOut = async () => {
    const answer = await ask("POST", "/webhooks/:id/ping", { param });
    if (!answer.ok) return warn(reason(answer.failure));
    notify(WORDS.tried);
    setSent(sent + 1);
  };
  const rotate = async () => {
    if (!(await confirmed(WORDS.askRotate))) return;
    const answer = await ask("POST", "/webhooks/:id/rotate", { param, json: {} });
    if (answer.ok) setSecret(answer.body.secret);
    else warn(reason(answer.failure));
  };
  const setEnabled = async (enabled: boolean) => {
    const answer = await ask("PATCH", "/webhooks/:id", { param, json: { enabled } });
    if (answer.ok) loaded.set(answer.body);
    else warn(reason(answer.failure));
  };
  const remove = async (url: string) => {
    if (!(await confirmed(WORDS.askRemove(url)))) return;
    const answer = await ask("DELETE", "/webhooks/:id", { param });
    if (answer.ok) location.assign(LIST_HREF);
    else warn(reason(answer.failure));
  };
  if (!endpoint) return <p role="status">{loaded.trouble ?? COMMON.loading}</p>;
  return (
    <>
      <div class="screen-head">
        <h1 class="address">{endpoint.url}</h1>
        <a href={LIST_HREF}>{WORDS.back}</a>
      </div>
      <p>
        {endpoint.enabled ? WORDS.on : WORDS.off}
        {" · "}
        {endpoint.events.map((event) => WORDS.event[event]).join(", ")}
      </p>
      <div class="actions tight">
        <button type="button" class="button small" onClick={() => void tryOut()}>
          {WORDS.try}
        </button>
        <button type="button" class="button quiet small" onClick={() => void rotate()}>
          {WORDS.rotate}
        </button>
        <button type="button" class="button quiet small" onClick={() => void setEnabled(!endpoint.enabled)}>
          {endpoint.enabled ? WORDS.switchOff : WORDS.switchOn}
        </button>
        <button type="button" class="button danger small" onClick={() => void remove(endpoint.url)}>
          {WORDS.remove}
        </button>
      </div>
      {secret === undefined ? null : <Secret secret={secret} />}
      <Deliveries endpoint={id} sent={sent} />
    </>
  );
}
