/** @jsxImportSource hono/jsx/dom */
import { useEffect, useState } from "hono/jsx/dom";
import type { LiveFrame, WireLedger } from "./frames.ts";
import { formatDuration, formatMoney } from "../../../workers/pages/format.ts";
import { LIVE_WORDS } from "../../../workers/pages/words/live.ts";
import { Reconciliation } from "../repair/reconciliation.tsx";
import { useLoaded } from "../shared/load.ts";
import { LANGUAGE } from "../shared/language.ts";
import { Moment } from "../shared/parts.tsx";
import { CLOCK } from "../shared/server-clock.ts";
import { WORDS as COMMON } from "../shared/words.ts";
import { type Connection, LiveFeed } from "./feed.ts";
import { Figures, FunnelPicture, Gates, Orders, Stock } from "./figures.tsx";
import { History } from "./history.ts";
import { LiveCharts } from "./live-charts.tsx";
import { Operations } from "./operations.tsx";
import { WavesEditor } from "./waves.tsx";
import { WORDS } from "./words.ts";

/** The phase is asked for this often: it follows clock, stock and other admins. Milliseconds. */
const SALE_RELOAD_MS = 5_000;

/** One sale while it runs: what to see, and what to do about it. */
export function Screen({ id }: { id: string }) {
  const { body: sale, trouble, reload, set } = useLoaded("/spikes/:id", { param: { id } });
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void reload();
    }, SALE_RELOAD_MS);
    return () => clearInterval(timer);
  }, [id]);
  if (!sale) return <p role="status">{trouble ?? COMMON.loading}</p>;
  return (
    <>
      <div class="screen-head">
        <div>
          <p class="phase" data-phase={sale.phase}>
            {LIVE_WORDS[LANGUAGE].phase[sale.phase]}
          </p>
          <h1>{sale.title}</h1>
          <p class="sale-when">
            <Moment at={sale.startsAt} />
            {WORDS.to}
            <Moment at={sale.endsAt} /> · {formatMoney(LANGUAGE, sale.priceMinor, sale.currency)} ·{" "}
            {WORDS.toPay(formatDuration(LANGUAGE, sale.holdSeconds))}
          </p>
        </div>
      </div>
      <Operations sale={sale} onChange={set} reload={reload} />
      <Live id={id} />
      <WavesEditor sale={sale} onChange={set} />
      <Reconciliation id={sale.id} />
    </>
  );
}

interface LiveState {
  connection: Connection;
  frame: LiveFrame | undefined;
  ledger: WireLedger | undefined;
  history: History;
}

function Live({ id }: { id: string }) {
  const [live, setLive] = useState<LiveState>(() => ({
    connection: "connecting",
    frame: undefined,
    ledger: undefined,
    history: new History(),
  }));
  useEffect(() => {
    const { history } = live;
    const change = (changes: Partial<LiveState>) => setLive((before) => ({ ...before, ...changes }));
    const feed = new LiveFeed(id, {
      onConnection: (connection) => change({ connection }),
      onLedger: (ledger) => {
        history.addLevels(new Date(CLOCK.now()).toISOString(), levelsOf(ledger));
        change({ ledger });
      },
      onFrame: (frame) => {
        if (frame.kind === "levels") {
          for (const { at, ...levels } of frame.levels) history.addLevels(at, levels);
          return change({});
        }
        history.addCounts(frame.kind === "history" ? frame.seconds : frame.recent);
        if (frame.kind === "history") return change({});
        history.markCounted(frame.serverTime);
        const ledger = frame.stock && frame.orders ? { ...frame.stock, orders: frame.orders } : undefined;
        if (ledger) history.addLevels(frame.serverTime, levelsOf(ledger));
        change({ frame, ...(ledger && { ledger }) });
      },
    });
    feed.start();
    return () => feed.stop();
  }, [id]);
  const { connection, frame, ledger, history } = live;
  return (
    <section class="live" aria-labelledby="live-title">
      <div class="live-head">
        <h2 id="live-title">{WORDS.now}</h2>
        <p class="connection" role="status" data-connection={connection}>
          {WORDS.connection[connection]}
        </p>
      </div>
      <Figures rates={frame?.rates} ledger={ledger} outbox={frame?.outbox ?? undefined} />
      {ledger ? <Stock ledger={ledger} /> : null}
      <LiveCharts history={history} stamp={frame?.serverTime ?? String(ledger?.available ?? "")} />
      <div class="live-panels">
        <FunnelPicture funnel="purchase" totals={frame?.totals} />
        <FunnelPicture funnel="token" totals={frame?.totals} />
        {ledger ? <Orders orders={ledger.orders} /> : null}
        <Gates totals={frame?.totals} rates={frame?.rates} />
      </div>
      <p class="fine">{WORDS.fine}</p>
    </section>
  );
}

const levelsOf = ({ available, held, sold }: WireLedger) => ({ available, held, sold });
