/** @jsxImportSource hono/jsx/dom */
import { ask, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { useLoaded } from "../shared/load.ts";
import { notify, warn } from "../shared/notices.ts";
import { LIST_WORDS as WORDS } from "./words.ts";

/** Stops every sale at once, and lets them go on. */
export function StopAll() {
  const { body, set } = useLoaded("/settings");
  const flip = async (salesPaused: 0 | 1) => {
    const answer = await ask("PUT", "/settings", { json: { salesPaused } });
    if (!answer.ok) return warn(reason(answer.failure));
    set(answer.body);
    const undo = () => flip(salesPaused === 1 ? 0 : 1);
    notify(salesPaused === 1 ? WORDS.stopped : WORDS.goesOn, { undo });
  };
  const stop = async () => {
    if (await confirmed(WORDS.askStopAll)) await flip(1);
  };
  if (!body) return null;
  if (body.salesPaused === 0) {
    return (
      <button type="button" class="button danger small" onClick={() => void stop()}>
        {WORDS.stopAll}
      </button>
    );
  }
  return (
    <div class="stopped" role="alert">
      <p>{WORDS.stoppedText}</p>
      <button type="button" class="button small" onClick={() => void flip(0)}>
        {WORDS.goOn}
      </button>
    </div>
  );
}
