import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { z } from "zod";
import type { WireOrderState } from "../../../bench/load/wire.ts";

/** Ways in which a shop can be wrong. Each is switched on alone. */
export type Fault =
  | "oversells"
  | "forgets_keys"
  | "loses_orders"
  | "records_under_wrong_user"
  | "believes_any_token"
  | "never_expires"
  | "keeps_returned_stock"
  | "forgets_payments"
  | "fails_now_and_then";

interface FakeOrder {
  id: string;
  userId: string;
  key: string;
  state: WireOrderState;
  createdAt: number;
  updatedAt: number;
  timer: NodeJS.Timeout | undefined;
}

interface FakeSale {
  stock: number;
  priceMinor: number;
  startsAt: number;
  holdMs: number;
}

const saleSchema = z.object({
  stock: z.number(),
  priceMinor: z.number(),
  startsAt: z.iso.datetime(),
  holdSeconds: z.number(),
});

/** What this shop answers: a status, and a body or a refusal's code. */
interface FakeAnswer {
  status: number;
  body: unknown;
}

const REFUSAL_STATUS: Record<string, number> = {
  invalid_spike_token: 403,
  not_found: 404,
  sold_out: 409,
  limit_reached: 409,
  order_state: 409,
  too_early: 425,
  internal_error: 500,
};
const CANCEL_REASON: WireOrderState = "cancelled";
const FAIL_EVERY = 25;

/** The whole shop in memory, one sale, with at most one fault: what the rehearsal's verdicts are tried on. */
export class FakeShop {
  url = "";
  readonly #fault: Fault | null;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #orders: FakeOrder[] = [];
  #sale: FakeSale = { stock: 0, priceMinor: 0, startsAt: 0, holdMs: 0 };
  #requests = 0;

  constructor(fault: Fault | null) {
    this.#fault = fault;
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const order of this.#orders) clearTimeout(order.timer);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { status, body } = this.#answer(request, text === "" ? undefined : JSON.parse(text));
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  }

  #answer(request: IncomingMessage, body: unknown): FakeAnswer {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const [, , first = "", second = "", third = "", fourth = ""] = path.split("/");
    if (path === "/api/sessions") return ok({ accessToken: "admin", expiresIn: 900 });
    if (first === "spikes" && second === "") return ok({ serverTime: new Date().toISOString() });
    if (first === "admin") return this.#admin(`${request.method} ${second} ${fourth}`, body);
    const userId = String(decodeJwt((request.headers.authorization ?? "").slice("Bearer ".length)).sub);
    if (first === "orders") return this.#order(second, third, userId);
    if (this.#fault === "fails_now_and_then" && ++this.#requests % FAIL_EVERY === 0)
      return no("internal_error");
    if (third === "token") return this.#token(userId);
    return this.#purchase(userId, decodeURIComponent(fourth), String(request.headers["idempotency-key"]));
  }

  #admin(call: string, body: unknown): FakeAnswer {
    switch (call.trim()) {
      case "POST spikes": {
        const { stock, priceMinor, startsAt, holdSeconds } = saleSchema.parse(body);
        this.#sale = { stock, priceMinor, startsAt: Date.parse(startsAt), holdMs: holdSeconds * 1000 };
        return { status: 201, body: { id: "fake" } };
      }
      case "GET spikes ledger":
        return ok(this.#ledger());
      case "GET blacklist":
        return ok({ entries: [] });
      default:
        return ok({ orders: this.#recorded() });
    }
  }

  #token(userId: string): FakeAnswer {
    const { startsAt } = this.#sale;
    const now = Date.now();
    if (now < startsAt) {
      const times = { startsAt: new Date(startsAt).toISOString(), serverTime: new Date(now).toISOString() };
      return { status: 425, body: { code: "too_early", ...times } };
    }
    return ok({ token: `token-of-${userId}`, expiresAt: new Date(now + 60_000).toISOString() });
  }

  #purchase(userId: string, token: string, key: string): FakeAnswer {
    if (token !== `token-of-${userId}` && this.#fault !== "believes_any_token")
      return no("invalid_spike_token");
    const own = this.#orders.filter((order) => order.userId === userId);
    const known = own.find((order) => order.key === key && this.#fault !== "forgets_keys");
    if (known) return this.#reserved(known);
    const held = own.find((order) => order.state === "reserved" || order.state === "paid");
    if (held && this.#fault !== "forgets_keys") {
      return { status: 409, body: { code: "limit_reached", orderId: held.id } };
    }
    const spare = this.#fault === "oversells" ? 1 : 0;
    if (this.#ledger().available + spare <= 0) return no("sold_out");
    const now = Date.now();
    const id = `fake-${this.#orders.length}`;
    const order: FakeOrder = {
      id,
      userId,
      key,
      state: "reserved",
      createdAt: now,
      updatedAt: now,
      timer: undefined,
    };
    if (this.#fault !== "never_expires") {
      order.timer = setTimeout(() => this.#move(order, "expired"), this.#sale.holdMs);
    }
    this.#orders.push(order);
    return this.#reserved(order);
  }

  #reserved(order: FakeOrder): FakeAnswer {
    const payBefore = new Date(order.createdAt + this.#sale.holdMs).toISOString();
    const poll = `/api/orders/${order.id}`;
    return { status: 202, body: { orderId: order.id, state: "reserved", payBefore, poll } };
  }

  #order(id: string, action: string, userId: string): FakeAnswer {
    const order = this.#orders.find((candidate) => candidate.id === id && candidate.userId === userId);
    if (!order) return no("not_found");
    if (action === "") return ok(this.#wire(order));
    const to = action === "payment" ? "paid" : "cancelled";
    if (order.state !== to && order.state !== "reserved") return no("order_state");
    const answer = { ...this.#wire(order), state: to };
    if (this.#fault !== "forgets_payments" || to !== "paid") this.#move(order, to);
    return ok(answer);
  }

  #move(order: FakeOrder, to: WireOrderState): void {
    clearTimeout(order.timer);
    if (order.state === to) return;
    order.state = to;
    order.updatedAt = Date.now();
  }

  #ledger() {
    const units = (state: WireOrderState) => this.#orders.filter((order) => order.state === state).length;
    const orders = {
      reserved: units("reserved"),
      paid: units("paid"),
      cancelled: units(CANCEL_REASON),
      expired: units("expired"),
    };
    const total = this.#sale.stock;
    const returned = orders.cancelled + orders.expired;
    const gone = this.#fault === "keeps_returned_stock" ? returned : 0;
    const available = total - orders.reserved - orders.paid - gone;
    return { total, available, held: orders.reserved, sold: orders.paid, returned, scheduled: 0, orders };
  }

  #recorded() {
    const orders = this.#orders.map((order) => this.#wire(order));
    if (this.#fault === "loses_orders") orders.pop();
    const [first] = orders;
    if (this.#fault === "records_under_wrong_user" && first) first.userId = "somebody-else";
    return orders;
  }

  #wire(order: FakeOrder) {
    return {
      id: order.id,
      spikeId: "fake",
      userId: order.userId,
      quantity: 1,
      amountMinor: this.#sale.priceMinor,
      state: order.state,
      createdAt: new Date(order.createdAt).toISOString(),
      updatedAt: new Date(order.updatedAt).toISOString(),
    };
  }
}

function ok(body: unknown): FakeAnswer {
  return { status: 200, body };
}

function no(code: string): FakeAnswer {
  return { status: REFUSAL_STATUS[code] ?? 500, body: { code } };
}
