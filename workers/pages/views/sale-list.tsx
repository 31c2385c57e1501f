/** @jsxImportSource hono/jsx */
import type { WireSpike } from "../../spike/schemas.ts";
import { formatMoment, formatMoney, formatNumber, formatPercent } from "../format.ts";
import { inLanguage } from "../language.ts";
import { Layout, type PageContext } from "./layout.tsx";
import { Picture } from "./picture.tsx";
import { StockMeter } from "./spike-shape.tsx";

const UTC = "UTC";

/** All sales: the running ones large, then the next, then the past. */
export function SaleListPage({ page, spikes }: { page: PageContext; spikes: WireSpike[] }) {
  const { list } = page.words;
  const groups = [
    { name: "open", title: list.open, sales: spikes.filter(({ phase }) => isRunning(phase)) },
    { name: "upcoming", title: list.upcoming, sales: spikes.filter(({ phase }) => phase === "upcoming") },
    { name: "past", title: list.past, sales: spikes.filter(({ phase }) => phase === "ended") },
  ];
  return (
    <Layout
      page={page}
      title={`${list.title} · Spike`}
      description={page.words.tagline}
      path="/"
      script="list"
    >
      <div class="intro">
        <h1>{list.title}</h1>
        <p>{list.lead}</p>
      </div>
      {spikes.length === 0 && (
        <div class="empty">
          <p class="empty-title">{list.empty}</p>
          <p>{list.emptyHint}</p>
        </div>
      )}
      {groups.map(
        ({ name, title, sales }) =>
          sales.length > 0 && (
            <section class={`group group-${name}`} aria-labelledby={`group-${name}`}>
              <h2 id={`group-${name}`}>{title}</h2>
              <ul class="cards">
                {sales.map((sale) => (
                  <Card page={page} sale={sale} />
                ))}
              </ul>
            </section>
          ),
      )}
      {spikes.length > 0 && (
        <noscript>
          <p class="hint">{page.words.noScript}</p>
        </noscript>
      )}
    </Layout>
  );
}

const isRunning = (phase: WireSpike["phase"]) => phase !== "upcoming" && phase !== "ended";

function Card({ page, sale }: { page: PageContext; sale: WireSpike }) {
  const { language } = page;
  const moment = sale.phase === "upcoming" ? sale.startsAt : sale.endsAt;
  const say = sale.phase === "upcoming" ? page.live.opens : page.live.until;
  const numbers = [formatNumber(language, sale.remaining), formatNumber(language, sale.stock)] as const;
  return (
    <li class="card" data-id={sale.id} data-phase={sale.phase}>
      <div class="card-picture">
        <Picture id={sale.id} title="" imageUrl={sale.imageUrl} />
      </div>
      <div class="card-body">
        <p class="phase" data-phase={sale.phase}>
          {page.live.phase[sale.phase]}
        </p>
        <h3>
          <a href={inLanguage(language, `/spikes/${sale.id}`)}>{sale.title}</a>
        </h3>
        <Price page={page} sale={sale} />
        <div class="card-stock">
          <StockMeter remaining={sale.remaining} total={sale.stock} />
          <p class="stock-text">{page.live.stock(...numbers)}</p>
        </div>
        <p class="when">
          <time datetime={moment} data-form={sale.phase === "upcoming" ? "opens" : "ends"}>
            {say(formatMoment(language, Date.parse(moment), UTC))}
          </time>
        </p>
      </div>
    </li>
  );
}

/** What it costs, and what it cost before. */
export function Price({ page, sale }: { page: PageContext; sale: WireSpike }) {
  const { language, words } = page;
  const { priceMinor, originalPriceMinor, currency } = sale;
  const reduced = originalPriceMinor !== undefined && originalPriceMinor > priceMinor;
  return (
    <p class="price">
      <strong>{formatMoney(language, priceMinor, currency)}</strong>
      {reduced && (
        <>
          {" "}
          <span class="was">
            <span class="sr">{words.sale.was} </span>
            <s>{formatMoney(language, originalPriceMinor, currency)}</s>
          </span>{" "}
          <span class="off">{formatPercent(language, priceMinor / originalPriceMinor - 1)}</span>
        </>
      )}
    </p>
  );
}
