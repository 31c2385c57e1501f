import type { z } from "zod";
import { type Stop, stopsIn } from "./funnel.ts";
import { type Answer, BrokenConnection, type LoadClient, type LoadRequest } from "./http-client.ts";
import {
  type AdminOrder,
  adminOrderPage,
  type BarredSubject,
  blacklistPage,
  createdSpike,
  ledgerAnswer,
  type LedgerFigures,
  sessionAnswer,
  settingsAnswer,
  spikeList,
} from "./wire.ts";

export interface AdminCredentials {
  username: string;
  password: string;
}

/** A sale as the rehearsal puts it up. Times are epoch milliseconds. */
export interface SaleTerms {
  title: string;
  stock: number;
  priceMinor: number;
  maxPerUser: number;
  holdSeconds: number;
  /** Ledgers the stock is split over; 1 when absent. */
  stripes?: number;
  startsAt: number;
  endsAt: number;
  /** Everyone may take part when absent. */
  accessRules?: unknown[];
}

/** A server that is starting again gets this long, in milliseconds. */
const PATIENCE_MS = 60_000;
const RETRY_PAUSE_MS = 250;

/** Settings that are no filters: 0 would mean something else, or nothing. */
const NO_FILTERS = new Set(["gatesPerSpike", "accessDecisionSeconds", "version"]);

/** The same settings with every filter switched off, whatever filters the server has. */
export function withoutFilters(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, NO_FILTERS.has(name) ? value : 0]),
  );
}

/** What the operator of the sale does, over the same API as everyone. */
export class Admin {
  readonly #client: LoadClient;
  readonly #credentials: AdminCredentials;
  #accessToken: string | undefined;

  constructor(client: LoadClient, credentials: AdminCredentials) {
    this.#client = client;
    this.#credentials = credentials;
  }

  /** The server's clock minus ours, in milliseconds. */
  async clockOffsetMs(): Promise<number> {
    const askedAt = Date.now();
    const { serverTime } = read(spikeList, await this.#send({ method: "GET", path: "/api/spikes" }));
    return serverTime - (askedAt + Date.now()) / 2;
  }

  /** Creates the sale and says its id. */
  async createSale(terms: SaleTerms): Promise<string> {
    const body = {
      title: terms.title,
      description: "Made by the rehearsal; nothing is really sold.",
      priceMinor: terms.priceMinor,
      currency: "EUR",
      stock: terms.stock,
      maxPerUser: terms.maxPerUser,
      startsAt: new Date(terms.startsAt).toISOString(),
      endsAt: new Date(terms.endsAt).toISOString(),
      holdSeconds: terms.holdSeconds,
      ...(terms.stripes !== undefined && { stripes: terms.stripes }),
      accessRules: terms.accessRules ?? [],
    };
    return read(createdSpike, await this.#call({ method: "POST", path: "/api/admin/spikes", body })).id;
  }

  async ledger(spikeId: string): Promise<LedgerFigures> {
    return read(
      ledgerAnswer,
      await this.#call({ method: "GET", path: `/api/admin/spikes/${spikeId}/ledger` }),
    );
  }

  /** Orders of the sale whose newest state the database has not confirmed, as the metrics say. */
  async unrecorded(spikeId: string): Promise<number> {
    const ofSale = (await this.#metrics())
      .split("\n")
      .filter((line) => line.startsWith("spike_outbox_orders{") && line.includes(`"${spikeId}"`));
    if (ofSale.length === 0) throw new Error("the metrics do not name this sale");
    return ofSale.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }

  /** How many requests each filter stopped, as the server counted. Counts are up to a second or two behind. */
  async stops(spikeId: string): Promise<Stop[]> {
    return stopsIn(await this.#metrics(), spikeId);
  }

  async #metrics(): Promise<string> {
    return String((await this.#call({ method: "GET", path: "/api/admin/metrics" })).body);
  }

  /** Every order of the sale that is in the database, as it says, repetitions included. */
  async orders(spikeId: string): Promise<AdminOrder[]> {
    const orders: AdminOrder[] = [];
    let cursor: string | null | undefined;
    do {
      const query = new URLSearchParams({ spikeId, ...(cursor ? { cursor } : {}) });
      const page = read(
        adminOrderPage,
        await this.#call({ method: "GET", path: `/api/admin/orders?${query.toString()}` }),
      );
      orders.push(...page.orders);
      cursor = page.nextCursor;
    } while (cursor);
    return orders;
  }

  /** Who is on the blacklist. */
  async barred(): Promise<BarredSubject[]> {
    const barred: BarredSubject[] = [];
    let cursor: string | null | undefined;
    do {
      const query = new URLSearchParams(cursor ? { cursor } : {});
      const path = `/api/admin/blacklist?${query.toString()}`;
      const page = read(blacklistPage, await this.#call({ method: "GET", path }));
      barred.push(...page.entries);
      cursor = page.nextCursor;
    } while (cursor);
    return barred;
  }

  /** Stops a running sale. */
  async pause(spikeId: string): Promise<void> {
    const answer = await this.#call({ method: "POST", path: `/api/admin/spikes/${spikeId}/pause` });
    if (answer.status >= 300) throw new Error(`pausing a sale answered ${answer.status}`);
  }

  /** Puts an account on the blacklist. */
  async bar(userId: string): Promise<void> {
    const path = `/api/admin/blacklist/user/${encodeURIComponent(userId)}`;
    const answer = await this.#call({ method: "PUT", path, body: { reason: "Barred by a benchmark." } });
    if (answer.status >= 300) throw new Error(`barring an account answered ${answer.status}`);
  }

  async settings(): Promise<Record<string, unknown>> {
    return read(settingsAnswer, await this.#call({ method: "GET", path: "/api/admin/settings" }));
  }

  async saveSettings(settings: Record<string, unknown>): Promise<void> {
    read(settingsAnswer, await this.#call({ method: "PUT", path: "/api/admin/settings", body: settings }));
  }

  /** Gives one sale settings of its own. */
  async saveSettingsOf(spikeId: string, settings: Record<string, number>): Promise<void> {
    const path = `/api/admin/spikes/${spikeId}/settings`;
    const answer = await this.#call({ method: "PUT", path, body: settings });
    if (answer.status >= 300) throw new Error(`settings of one sale were answered ${answer.status}`);
  }

  /** With a session; logs in at first and again whenever the access token has run out. */
  async #call(request: LoadRequest): Promise<Answer> {
    for (let login = 0; ; login++) {
      this.#accessToken ??= await this.#logIn();
      const answer = await this.#send({ ...request, accessToken: this.#accessToken });
      if (answer.status !== 401 || login > 0) return answer;
      this.#accessToken = undefined;
    }
  }

  async #logIn(): Promise<string> {
    const answer = await this.#send({ method: "POST", path: "/api/sessions", body: this.#credentials });
    if (answer.status === 401) throw new Error("the server does not know this admin name and password");
    return read(sessionAnswer, answer).accessToken;
  }

  /** Safe to repeat as used here: reads, a login, and settings; a sale created twice is never sold. */
  async #send(request: LoadRequest): Promise<Answer> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        const answer = await this.#client.send(request);
        if (answer.status < 500 && answer.status !== 429) return answer;
        if (Date.now() > giveUpAt) return answer;
      } catch (error) {
        if (!(error instanceof BrokenConnection) || Date.now() > giveUpAt) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
    }
  }
}

function read<S extends z.ZodType>(schema: S, answer: Answer): z.infer<S> {
  const parsed = answer.status < 300 ? schema.safeParse(answer.body) : undefined;
  if (parsed?.success) return parsed.data;
  const why = parsed ? parsed.error.message : JSON.stringify(answer.body);
  throw new Error(`the server answered ${answer.status}, which is not what the contract says: ${why}`);
}
