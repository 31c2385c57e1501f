/** @jsxImportSource hono/jsx */
import type { WireSpike } from "../../spike/schemas.ts";
import { countdownOf, formatDuration, formatMoment, formatNumber } from "../format.ts";
import { ruleSentence } from "../words/rules.ts";
import { Digits } from "./digits.tsx";
import { Layout, type PageContext } from "./layout.tsx";
import { Picture } from "./picture.tsx";
import { Price } from "./sale-list.tsx";
import { StockMeter } from "./spike-shape.tsx";

const UTC = "UTC";
const DESCRIPTION_PREVIEW_CHARS = 160;
/** A longer title is set smaller. */
const TITLE_SHORT_CHARS = 48;

/** What the script of a sale page starts from; the rest it reads from the page or asks the API. */
export type SaleSeed = Pick<
  WireSpike,
  | "id"
  | "startsAt"
  | "endsAt"
  | "phase"
  | "remaining"
  | "stock"
  | "maxPerUser"
  | "holdSeconds"
  | "accessRules"
>;

/** One sale. All that can be read is there without a script; the script adds what moves. */
export function SalePage({ page, sale }: { page: PageContext; sale: WireSpike }) {
  return (
    <Layout
      page={page}
      title={`${sale.title} · Spike`}
      description={sale.description.slice(0, DESCRIPTION_PREVIEW_CHARS)}
      path={`/spikes/${sale.id}`}
      script="sale"
    >
      <SaleArticle page={page} sale={sale} />
    </Layout>
  );
}

/** What a sale's page says, without the frame around it. */
export function SaleArticle({ page, sale }: { page: PageContext; sale: WireSpike }) {
  const { words, live } = page;
  return (
    <article class="sale" data-phase={sale.phase} data-sale={JSON.stringify(seedOf(sale))}>
      <div class="stage">
        <Picture id={sale.id} title={sale.title} imageUrl={sale.imageUrl} />
      </div>
      <div class="pitch">
        <p class="phase" id="phase" data-phase={sale.phase}>
          {live.phase[sale.phase]}
        </p>
        <h1 data-long={sale.title.length > TITLE_SHORT_CHARS || undefined}>{sale.title}</h1>
        <Price page={page} sale={sale} />
        <Clock page={page} sale={sale} />
        <Stock page={page} sale={sale} />
        <Buy page={page} sale={sale} />
      </div>
      <div class="terms">
        <h2>{words.sale.facts}</h2>
        <Terms page={page} sale={sale} />
      </div>
      {sale.description !== "" && (
        <div class="about">
          <h2>{words.sale.about}</h2>
          {sale.description.split(/\n{2,}/).map((paragraph) => (
            <p>{paragraph}</p>
          ))}
        </div>
      )}
    </article>
  );
}

function seedOf(sale: WireSpike): SaleSeed {
  const { id, startsAt, endsAt, phase, remaining, stock, maxPerUser, holdSeconds, accessRules } = sale;
  return { id, startsAt, endsAt, phase, remaining, stock, maxPerUser, holdSeconds, accessRules };
}

function Clock({ page, sale }: { page: PageContext; sale: WireSpike }) {
  const { language, live } = page;
  const target = sale.phase === "upcoming" ? sale.startsAt : sale.endsAt;
  const left = countdownOf(Date.parse(target) - Date.parse(sale.serverTime));
  const label = { upcoming: live.startsIn, ended: live.over }[sale.phase as string] ?? live.endsIn;
  return (
    <section class="clock" id="clock" aria-labelledby="clock-label">
      <div class="clock-head">
        <h2 id="clock-label">{label}</h2>
        <p class="moment">
          <time datetime={target} data-turn="next">
            {formatMoment(language, Date.parse(target), UTC)}
          </time>
        </p>
      </div>
      <Digits page={page} left={left} />
    </section>
  );
}

function Stock({ page, sale }: { page: PageContext; sale: WireSpike }) {
  const { language, words, live } = page;
  return (
    <section class="stock" aria-labelledby="stock-label">
      <h2 class="sr" id="stock-label">
        {words.sale.stockLabel}
      </h2>
      <StockMeter remaining={sale.remaining} total={sale.stock} />
      <p class="stock-line">
        <span class="stock-text" id="stock-text">
          {live.stock(formatNumber(language, sale.remaining), formatNumber(language, sale.stock))}
        </span>
        <span class="stock-note">{words.sale.stockNote}</span>
      </p>
    </section>
  );
}

/** Empty until the script fills it; it keeps its place so that nothing jumps. */
function Buy({ page: { words }, sale }: { page: PageContext; sale: WireSpike }) {
  return (
    <section class="buy" id="buy">
      <div class="buy-row needs-script">
        <label class="quantity" id="quantity-box" hidden={sale.maxPerUser === 1}>
          <span>{words.sale.quantity}</span>
          <select id="quantity" disabled>
            <option>1</option>
          </select>
        </label>
        <button class="button" id="buy-button" type="button" disabled>
          {words.sale.preparing}
        </button>
      </div>
      <div class="status needs-script" id="status">
        <div role="status" id="status-said" />
        <p class="extra" id="status-extra" />
        <div id="challenge" />
      </div>
      <p class="sr" id="announcer" aria-live="polite" />
      <noscript>
        <p class="hint">{words.sale.noScript}</p>
      </noscript>
    </section>
  );
}

function Terms({ page, sale }: { page: PageContext; sale: WireSpike }) {
  const { language, words } = page;
  const moment = (turn: "startsAt" | "endsAt") => (
    <time datetime={sale[turn]} data-turn={turn}>
      {formatMoment(language, Date.parse(sale[turn]), UTC)}
    </time>
  );
  const rules = sale.accessRules.map((rule) => ruleSentence(language, rule));
  return (
    <dl class="facts">
      <div>
        <dt>{words.sale.starts}</dt>
        <dd>{moment("startsAt")}</dd>
      </div>
      <div>
        <dt>{words.sale.ends}</dt>
        <dd>{moment("endsAt")}</dd>
      </div>
      <div>
        <dt>{words.sale.perPerson}</dt>
        <dd>{words.sale.units(formatNumber(language, sale.maxPerUser))}</dd>
      </div>
      <div>
        <dt>{words.sale.hold}</dt>
        <dd>{formatDuration(language, sale.holdSeconds)}</dd>
      </div>
      <div class="wide">
        <dt>{words.sale.who}</dt>
        <dd>
          {rules.length === 0 ? words.sale.everyone : rules.map((rule) => <span class="rule">{rule}</span>)}
        </dd>
      </div>
    </dl>
  );
}
