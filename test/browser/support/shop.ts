import type { Page } from "playwright-core";
import { inject } from "vitest";

const MINUTE_MS = 60_000;

export const shopUrl = (path = ""): string => inject("shopUrl") + path;

export interface Sale {
  id: string;
  title: string;
  startsAt: string;
}

/** What a test says about a sale; the rest is an open one with a stock of ten. */
export interface SaleWish {
  title?: string;
  stock?: number;
  maxPerUser?: number;
  holdSeconds?: number;
  /** From now, in milliseconds. */
  startsInMs?: number;
  endsInMs?: number;
  accessRules?: unknown[];
  description?: string;
}

let adminToken: Promise<string> | undefined;

async function send<Body>(
  method: string,
  path: string,
  body: unknown,
  token?: string,
  shop = shopUrl(),
): Promise<Body> {
  const response = await fetch(shop + path, {
    method,
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? undefined : await response.json()) as Body;
}

async function logInAsAdmin(shop = shopUrl()): Promise<string> {
  const credentials = { username: "admin", password: inject("adminPassword") };
  return (await send<{ accessToken: string }>("POST", "/api/sessions", credentials, undefined, shop))
    .accessToken;
}

/** A request as the admin. */
export async function asAdmin<Body>(method: string, path: string, body?: unknown): Promise<Body> {
  adminToken ??= logInAsAdmin();
  return send(method, `/api/admin${path}`, body, await adminToken);
}

/** Puts a sale up. */
export async function putUp(wish: SaleWish = {}): Promise<Sale> {
  return asAdmin("POST", "/spikes", definitionOf(wish));
}

/** An endpoint that could be told of orders, and is switched off: other tests' orders are none of its business. */
export async function addWebhook(): Promise<{ id: string }> {
  const terms = { url: "https://erp.nowhere-at-all.com/hooks/spike?tenant=a-long-name", enabled: false };
  return (await asAdmin<{ endpoint: { id: string } }>("POST", "/webhooks", terms)).endpoint;
}

/** Puts a sale up in another shop than the one that all tests share. */
export async function putUpIn(shop: string, wish: SaleWish = {}): Promise<Sale> {
  return send("POST", "/api/admin/spikes", definitionOf(wish), await logInAsAdmin(shop), shop);
}

function definitionOf(wish: SaleWish) {
  const { startsInMs = -MINUTE_MS, endsInMs = 60 * MINUTE_MS, ...rest } = wish;
  return {
    title: "Brass desk lamp",
    description: "Turned by hand.\n\nWith a switch that clicks.",
    priceMinor: 4_900,
    originalPriceMinor: 9_900,
    currency: "EUR",
    stock: 10,
    holdSeconds: 300,
    startsAt: new Date(Date.now() + startsInMs).toISOString(),
    endsAt: new Date(Date.now() + endsInMs).toISOString(),
    ...rest,
  };
}

/** What a sale's ledger counts. */
export async function ledgerOf(spikeId: string): Promise<unknown> {
  return asAdmin("GET", `/spikes/${spikeId}/ledger`);
}

/** Resolves when the server's clock has passed a moment. */
export async function untilServerTime(spikeId: string, moment: number): Promise<void> {
  for (;;) {
    const { serverTime } = await send<{ serverTime: string }>(
      "GET",
      `/api/spikes/${spikeId}/stock`,
      undefined,
    );
    const left = moment - Date.parse(serverTime);
    if (left <= 0) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, 200)));
  }
}

let shoppers = 0;

export interface Shopper {
  userId: string;
  username: string;
  /** Reserves one unit. */
  buy: (spikeId: string) => Promise<void>;
  /** Pays what was reserved last. */
  pay: () => Promise<void>;
}

/** A new shopper who buys over the API, without a page. */
export async function shopper(shop = shopUrl()): Promise<Shopper> {
  const username = `api.shopper.${process.pid}.${shoppers++}`;
  const credentials = { username, password: "a long enough phrase" };
  const { user, accessToken } = await send<{ user: { id: string }; accessToken: string }>(
    "POST",
    "/api/users",
    credentials,
    undefined,
    shop,
  );
  let orderId = "";
  return {
    userId: user.id,
    username,
    async buy(spikeId) {
      const { token } = await send<{ token: string }>(
        "POST",
        `/api/spikes/${spikeId}/token`,
        undefined,
        accessToken,
        shop,
      );
      const path = `/api/spikes/${spikeId}/purchases/${token}`;
      ({ orderId } = await send<{ orderId: string }>("POST", path, {}, accessToken, shop));
    },
    async pay() {
      await send("POST", `/api/orders/${orderId}/payment`, undefined, accessToken, shop);
    },
  };
}

/** Fills in the login form as the admin. */
export async function logInAsAdminOn(page: Page): Promise<void> {
  await page.locator("#username").fill("admin");
  await page.locator("#password").fill(inject("adminPassword"));
  await page.locator("#account-form [type=submit]").click();
}
