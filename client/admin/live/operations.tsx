/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import { STOCK_MAX } from "../../../workers/shared/limits.ts";
import { ask, once, reason } from "../shared/calls.ts";
import { confirmed } from "../shared/confirm.ts";
import { notify, warn } from "../shared/notices.ts";
import { shopPath } from "../shared/language.ts";
import { count } from "../shared/parts.tsx";
import { WORDS } from "./operate-words.ts";
import type { PlannedSale } from "./planned-sale.ts";

interface OperationsProps {
  sale: PlannedSale;
  onChange: (sale: PlannedSale) => void;
  reload: () => Promise<void>;
}

/** What an admin can do to a running sale. Dangerous things ask once and say what will happen. */
export function Operations({ sale, onChange, reload }: OperationsProps) {
  const param = { id: sale.id };
  const isPaused = sale.phase === "paused";
  const setPaused = async (paused: boolean) => {
    const answer = await ask("POST", paused ? "/spikes/:id/pause" : "/spikes/:id/resume", { param });
    if (!answer.ok) return warn(reason(answer.failure));
    onChange({ ...answer.body, waves: sale.waves });
    const undo = () => setPaused(!paused);
    notify(paused ? WORDS.paused : WORDS.resumed, { undo });
  };
  const pause = async () => {
    if (await confirmed(WORDS.askPause)) await setPaused(true);
  };
  const remove = async () => {
    const isOnSale = sale.phase !== "upcoming" && sale.phase !== "ended";
    if (!(await confirmed(WORDS.askDelete(sale.title, isOnSale)))) return;
    const answer = await ask("DELETE", "/spikes/:id", { param });
    if (answer.ok) location.assign("/admin");
    else warn(reason(answer.failure));
  };
  return (
    <div class="operations" role="group" aria-label={WORDS.operate}>
      {isPaused ? (
        <button type="button" class="button small" onClick={() => void setPaused(false)}>
          {WORDS.resume}
        </button>
      ) : (
        <button
          type="button"
          class="button danger small"
          onClick={() => void pause()}
          disabled={sale.phase === "ended"}
        >
          {WORDS.pause}
        </button>
      )}
      <Restock sale={sale} reload={reload} />
      <a class="button quiet small" href={`/admin/sales/${sale.id}/edit`}>
        {WORDS.edit}
      </a>
      <a class="button quiet small" href={`/admin/sales/${sale.id}/settings`}>
        {WORDS.settings}
      </a>
      <a class="button quiet small" href={`/admin/sales/new?from=${sale.id}`}>
        {WORDS.duplicate}
      </a>
      <a class="button quiet small" href={`/admin/orders?spikeId=${sale.id}`}>
        {WORDS.orders}
      </a>
      <a class="button quiet small" href={shopPath(`/spikes/${sale.id}`)}>
        {WORDS.page}
      </a>
      <button type="button" class="button danger small" onClick={() => void remove()}>
        {WORDS.delete}
      </button>
    </div>
  );
}

function Restock({ sale, reload }: { sale: PlannedSale; reload: () => Promise<void> }) {
  const [quantity, setQuantity] = useState("");
  const restock = async (event: Event) => {
    event.preventDefault();
    const units = Number(quantity);
    if (!Number.isInteger(units) || units < 1) return warn(WORDS.restockWrong);
    if (!(await confirmed(WORDS.askRestock(count(units), count(sale.stock + units))))) return;
    const request = { param: { id: sale.id }, json: { quantity: units }, header: once() };
    const answer = await ask("POST", "/spikes/:id/restock", request);
    if (!answer.ok) return warn(reason(answer.failure));
    setQuantity("");
    notify(WORDS.restocked(count(units)));
    await reload();
  };
  return (
    <form class="inline-form" onSubmit={(event: Event) => void restock(event)}>
      <input
        type="number"
        aria-label={WORDS.restockUnits}
        placeholder={WORDS.units}
        min={1}
        max={STOCK_MAX}
        value={quantity}
        onInput={(event: Event) => setQuantity((event.target as HTMLInputElement).value)}
      />
      <button type="submit" class="button quiet small">
        {WORDS.restock}
      </button>
    </form>
  );
}
