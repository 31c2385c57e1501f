/** @jsxImportSource hono/jsx */
import { countdownOf } from "../format.ts";
import { inLanguage } from "../language.ts";
import { ORDER_STATE_NAMES } from "../words/order-states.ts";
import { Digits } from "./digits.tsx";
import { Layout, type PageContext } from "./layout.tsx";

/** The frame around a shopper's orders, the same for everyone; the script fills it. */
export function OrdersPage({ page }: { page: PageContext }) {
  const { language, words } = page;
  return (
    <Layout page={page} title={`${words.orders.title} · Spike`} path="/orders" script="orders">
      <div class="intro">
        <h1>{words.orders.title}</h1>
        <p>{words.orders.lead}</p>
      </div>
      <div class="filter needs-script" role="group" aria-label={words.orders.title} id="filter">
        <button type="button" data-state="" aria-pressed="true">
          {words.orders.all}
        </button>
        {Object.entries(ORDER_STATE_NAMES[language]).map(([state, name]) => (
          <button type="button" data-state={state} aria-pressed="false">
            {name}
          </button>
        ))}
      </div>
      <ul class="orders" id="orders" />
      <p class="status needs-script" id="status" role="status">
        <span>{page.live.order.loading}</span>
      </p>
      <div id="next">
        <button class="button quiet" id="more" type="button" hidden>
          {words.orders.more}
        </button>
      </div>
      <noscript>
        <p class="hint">{words.needsScript}</p>
      </noscript>
    </Layout>
  );
}

/** The frame around one order. Its id is in the address, which only the script reads. */
export function OrderPage({ page }: { page: PageContext }) {
  const { language, words } = page;
  return (
    <Layout page={page} title={`${words.order.title} · Spike`} path="/orders" script="order">
      <div class="narrow">
        <h1 id="order-title">{words.order.title}</h1>
        <section class="order needs-script" id="order" aria-busy="true">
          <p class="status" id="status" role="status">
            {words.order.loading}
          </p>
          <div id="order-clock" class="clock small" hidden>
            <h2>{page.live.order.payWithin}</h2>
            <Digits page={page} left={countdownOf(0)} />
          </div>
          <div class="actions" id="order-actions" hidden />
          <dl class="facts" id="order-facts" hidden />
          <p class="sr" id="announcer" aria-live="polite" />
        </section>
        <noscript>
          <p class="hint">{words.needsScript}</p>
        </noscript>
        <p class="aside">
          <a href={inLanguage(language, "/orders")}>{words.order.back}</a>
        </p>
      </div>
    </Layout>
  );
}
