/** @jsxImportSource hono/jsx/dom */
import type { Settings } from "../../../workers/shared/settings.ts";
import { ask, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { useLoaded } from "../shared/load.ts";
import { notify, warn } from "../shared/notices.ts";

type Switch = Pick<Settings, "salesPaused">;

/** Stops every sale at once, and lets them go on. */
export function StopAll() {
  const { body, set } = useLoaded<Switch>("/settings");
  const flip = async (salesPaused: 0 | 1) => {
    const answer = await ask<Switch>("PUT", "/settings", { salesPaused });
    if (!answer.ok) return warn(reason(answer.failure));
    set(answer.body);
    const undo = () => flip(salesPaused === 1 ? 0 : 1);
    notify(salesPaused === 1 ? "Every sale is stopped." : "Sales go on.", { undo });
  };
  const stop = async () => {
    const isSure = await confirmed({
      title: "Stop every sale?",
      text: "Within a second nobody can buy anything anywhere. Reservations stay and can be paid. You can let the sales go on at any time.",
      action: "Stop every sale",
    });
    if (isSure) await flip(1);
  };
  if (!body) return null;
  if (body.salesPaused === 0) {
    return (
      <button type="button" class="button danger small" onClick={() => void stop()}>
        Stop every sale
      </button>
    );
  }
  return (
    <div class="stopped" role="alert">
      <p>Every sale is stopped. Nobody can buy.</p>
      <button type="button" class="button small" onClick={() => void flip(0)}>
        Let them go on
      </button>
    </div>
  );
}
