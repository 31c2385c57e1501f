/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { STOCK_MAX } from "../../../workers/shared/limits.ts";
import { inLanguage } from "../../../workers/pages/language.ts";
import { ask, once, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { notify, warn } from "../shared/notices.ts";
import { count, LANGUAGE } from "../shared/parts.tsx";
import type { PlannedSale } from "./planned-sale.ts";

interface OperationsProps {
  sale: PlannedSale;
  onChange: (sale: PlannedSale) => void;
  reload: () => Promise<void>;
}

/** What an admin can do to a running sale. Dangerous things ask once and say what will happen. */
export function Operations({ sale, onChange, reload }: OperationsProps) {
  const isPaused = sale.phase === "paused";
  const setPaused = async (paused: boolean) => {
    const answer = await ask<PlannedSale>("POST", `/spikes/${sale.id}/${paused ? "pause" : "resume"}`);
    if (!answer.ok) return warn(reason(answer.failure));
    onChange({ ...answer.body, waves: sale.waves });
    const undo = () => setPaused(!paused);
    notify(paused ? "Paused: nothing is sold now." : "The sale goes on.", { undo });
  };
  const pause = async () => {
    const isSure = await confirmed({
      title: "Pause this sale?",
      text: "Nobody can buy from this moment on. Reservations stay and can be paid. You can resume at any time.",
      action: "Pause the sale",
    });
    if (isSure) await setPaused(true);
  };
  const remove = async () => {
    const isSure = await confirmed({
      title: `Delete “${sale.title}”?`,
      text: "Its page and its ledger go for good; its orders stay in the database. This cannot be undone.",
      action: "Delete for good",
    });
    if (!isSure) return;
    const answer = await ask("DELETE", `/spikes/${sale.id}`);
    if (answer.ok) location.assign("/admin");
    else warn(reason(answer.failure));
  };
  return (
    <div class="operations" role="group" aria-label="Operate the sale">
      {isPaused ? (
        <button type="button" class="button small" onClick={() => void setPaused(false)}>
          Resume
        </button>
      ) : (
        <button
          type="button"
          class="button danger small"
          onClick={() => void pause()}
          disabled={sale.phase === "ended"}
        >
          Pause
        </button>
      )}
      <Restock sale={sale} reload={reload} />
      <a class="button quiet small" href={`/admin/sales/${sale.id}/edit`}>
        Edit
      </a>
      <a class="button quiet small" href={`/admin/sales/new?from=${sale.id}`}>
        Duplicate
      </a>
      <a class="button quiet small" href={`/admin/orders?spikeId=${sale.id}`}>
        Orders
      </a>
      <a class="button quiet small" href={inLanguage(LANGUAGE, `/spikes/${sale.id}`)}>
        Page
      </a>
      <button type="button" class="button danger small" onClick={() => void remove()}>
        Delete
      </button>
    </div>
  );
}

function Restock({ sale, reload }: { sale: PlannedSale; reload: () => Promise<void> }) {
  const [quantity, setQuantity] = useState("");
  const restock = async (event: Event) => {
    event.preventDefault();
    const units = Number(quantity);
    if (!Number.isInteger(units) || units < 1) return warn("Restock by a whole number of units, at least 1.");
    const isSure = await confirmed({
      title: `Put ${count(units)} more on sale?`,
      text: `They can be bought at once, ${count(sale.stock + units)} in all. Units cannot be taken back.`,
      action: "Restock",
    });
    if (!isSure) return;
    const answer = await ask("POST", `/spikes/${sale.id}/restock`, { quantity: units }, once());
    if (!answer.ok) return warn(reason(answer.failure));
    setQuantity("");
    notify(`${count(units)} more are on sale.`);
    await reload();
  };
  return (
    <form class="inline-form" onSubmit={(event: Event) => void restock(event)}>
      <input
        type="number"
        aria-label="Units to add"
        placeholder="Units"
        min={1}
        max={STOCK_MAX}
        value={quantity}
        onInput={(event: Event) => setQuantity((event.target as HTMLInputElement).value)}
      />
      <button type="submit" class="button quiet small">
        Restock
      </button>
    </form>
  );
}
