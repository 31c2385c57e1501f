import { Admin, withoutFilters } from "../../../bench/load/admin.ts";
import { LoadClient } from "../../../bench/load/http-client.ts";
import { type OwnServer, startOwnServer } from "../../../bench/load/own-server.ts";
import { mintPeople, type Person } from "../../../bench/load/people.ts";

const CONNECTIONS = 100;
const SHOPPERS = 80;
const HOUR_MS = 3_600_000;
/** How long a shop may take to sell what it has, in milliseconds. */
const PATIENCE_MS = 120_000;

export interface Reply {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  body: any;
  headers: Headers;
}

const isJson = ({ headers }: Response): boolean => /[/+]json/.test(headers.get("content-type") ?? "");

/** A real server with real sales, and people who press all buttons at once. */
export class Shop {
  readonly server: OwnServer;
  readonly admin: Admin;
  readonly people: Person[];
  readonly #client: LoadClient;
  #adminToken: string | undefined;

  /** Its payments take `paymentMs`, so that other things happen meanwhile; no filter stands in the way. */
  static async open(paymentMs: number, vars: Record<string, string> = {}): Promise<Shop> {
    const server = await startOwnServer({ BUILTIN_PAYMENT_BEHAVIOUR: `late:${paymentMs}`, ...vars });
    const crowd = { count: SHOPPERS, seed: 7, jwtKeys: server.secrets.JWT_KEYS, sendAddresses: true };
    const shop = new Shop(server, await mintPeople(crowd, Date.now(), () => undefined));
    await shop.admin.saveSettings(withoutFilters(await shop.admin.settings()));
    return shop;
  }

  private constructor(server: OwnServer, people: Person[]) {
    this.server = server;
    this.people = people;
    this.#client = new LoadClient(server.target.url, CONNECTIONS);
    this.admin = new Admin(this.#client, server.target.admin);
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.server.stop();
  }

  async send(
    method: string,
    path: string,
    options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Reply> {
    const { token, body, headers = {} } = options;
    const response = await fetch(`${this.server.target.url}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: isJson(response) ? JSON.parse(text) : text || null,
    };
  }

  /** As the admin whom the secrets name. */
  async operate(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const { username, password } = this.server.target.admin;
    this.#adminToken ??= String(
      (await this.send("POST", "/api/sessions", { body: { username, password } })).body.accessToken,
    );
    return this.send(method, `/api/admin/${path}`, { token: this.#adminToken, body, headers });
  }

  putUpSale(terms: { stock: number; maxPerUser?: number; holdSeconds?: number }): Promise<string> {
    return this.admin.createSale({
      ...{ title: "Race", priceMinor: 100, maxPerUser: 1, holdSeconds: 600 },
      ...{ startsAt: Date.now() - 1_000, endsAt: Date.now() + HOUR_MS },
      ...terms,
    });
  }

  async tokenFor(spikeId: string, { accessToken }: Person): Promise<string> {
    const { status, body } = await this.send("POST", `/api/spikes/${spikeId}/token`, { token: accessToken });
    if (status !== 200) throw new Error(`the token answered ${status}`);
    return String(body.token);
  }

  /** Tokens for everybody, in their order. */
  tokensFor(spikeId: string): Promise<string[]> {
    return Promise.all(this.people.map((person) => this.tokenFor(spikeId, person)));
  }

  buy(spikeId: string, purchaseToken: string, { accessToken }: Person): Promise<Reply> {
    const headers = { "idempotency-key": "one" };
    return this.send("POST", `/api/spikes/${spikeId}/purchases/${purchaseToken}`, {
      token: accessToken,
      headers,
    });
  }

  /** Everybody buys at once, each with the token of the same number. */
  rush(spikeId: string, tokens: string[]): Promise<Reply[]> {
    return Promise.all(this.people.map((person, i) => this.buy(spikeId, tokens[i] as string, person)));
  }

  /** Those who have nothing yet come again until so many have something. */
  async rushUntil(spikeId: string, tokens: string[], winners: number): Promise<void> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      const won = (await this.rush(spikeId, tokens)).filter(({ status }) => status === 202).length;
      if (won >= winners) return;
      if (Date.now() > giveUpAt) throw new Error(`${won} of ${winners} have something`);
    }
  }

  /** A reservation by the person with this number; the order's id. */
  async reserve(spikeId: string, person: Person): Promise<string> {
    const { status, body } = await this.buy(spikeId, await this.tokenFor(spikeId, person), person);
    if (status !== 202) throw new Error(`the purchase answered ${status}: ${JSON.stringify(body)}`);
    return String(body.orderId);
  }

  pay(orderId: string, { accessToken }: Person): Promise<Reply> {
    return this.send("POST", `/api/orders/${orderId}/payment`, { token: accessToken });
  }

  cancel(orderId: string, { accessToken }: Person): Promise<Reply> {
    return this.send("POST", `/api/orders/${orderId}/cancellation`, { token: accessToken });
  }
}
