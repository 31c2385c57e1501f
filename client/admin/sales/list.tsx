/** @jsxImportSource hono/jsx/dom */
import { useEffect, useState } from "hono/jsx/dom";
import { formatDuration, formatMoney } from "../../../workers/pages/format.ts";
import { LIVE_WORDS } from "../../../workers/pages/words/live.ts";
import type { WireSpike } from "../../../workers/spike/schemas.ts";
import { usePages } from "../shared/load.ts";
import { LANGUAGE } from "../shared/language.ts";
import { count, ListEnd, Moment, StockBar } from "../shared/parts.tsx";
import { CLOCK } from "../shared/server-clock.ts";
import { StopAll } from "./stop-all.tsx";
import { LIST_WORDS as WORDS } from "./words.ts";

/** How often the list is fetched anew, in milliseconds. */
const RELOAD_MS = 5_000;
const MS_PER_SECOND = 1_000;

/** All sales, the newest first, with what happens next in each. */
export function Screen() {
  const pages = usePages("/spikes", "spikes");
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      tick((ticks) => ticks + 1);
      // Only while one page is shown: reloading would close the others.
      if (pages.more === undefined && document.visibilityState === "visible") void pages.reload();
    }, RELOAD_MS);
    return () => clearInterval(timer);
  }, [pages.more === undefined]);
  return (
    <>
      <div class="screen-head">
        <h1>{WORDS.title}</h1>
        <div class="actions tight">
          <StopAll />
          <a class="button small" href="/admin/sales/new">
            {WORDS.create}
          </a>
        </div>
      </div>
      <ul class="sale-rows">
        {pages.items.map((sale) => (
          <SaleRow key={sale.id} sale={sale} />
        ))}
      </ul>
      <ListEnd pages={pages} empty={WORDS.empty} />
    </>
  );
}

function SaleRow({ sale }: { sale: WireSpike }) {
  return (
    <li class="sale-row">
      <p class="phase" data-phase={sale.phase}>
        {LIVE_WORDS[LANGUAGE].phase[sale.phase]}
      </p>
      <h2>
        <a href={`/admin/sales/${sale.id}`}>{sale.title}</a>
      </h2>
      <p class="sale-price">{formatMoney(LANGUAGE, sale.priceMinor, sale.currency)}</p>
      <div class="sale-stock">
        <StockBar sold={sale.stock - sale.remaining} held={0} total={sale.stock} />
        <p>{WORDS.left(count(sale.remaining), count(sale.stock))}</p>
      </div>
      <p class="sale-next">
        <NextEvent sale={sale} />
      </p>
    </li>
  );
}

function NextEvent({ sale }: { sale: WireSpike }) {
  const now = CLOCK.now();
  const left = (instant: string) =>
    formatDuration(LANGUAGE, Math.max(0, Date.parse(instant) - now) / MS_PER_SECOND);
  if (sale.phase === "ended") {
    return (
      <>
        {WORDS.ended}
        <Moment at={sale.endsAt} />
      </>
    );
  }
  if (sale.phase === "upcoming") return <>{WORDS.startsIn(left(sale.startsAt))}</>;
  if (sale.nextWave) {
    return <>{WORDS.moreIn(count(sale.nextWave.quantity), left(sale.nextWave.at))}</>;
  }
  return <>{WORDS.endsIn(left(sale.endsAt))}</>;
}
