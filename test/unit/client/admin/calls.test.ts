import { afterEach, describe, expect, it, vi } from "vitest";
import { addressOf } from "../../../../client/admin/shared/admin-api.ts";
import { ask } from "../../../../client/admin/shared/calls.ts";

/** Answers every request with this body, and keeps what was sent. */
function answering(body: unknown): { url: string; init: RequestInit }[] {
  const sent: { url: string; init: RequestInit }[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    sent.push({ url, init });
    return Response.json(body);
  });
  vi.stubGlobal("localStorage", { getItem: () => null });
  return sent;
}

afterEach(() => vi.unstubAllGlobals());

describe("the address of a call", () => {
  it("has the names filled in, whatever they hold", () => {
    expect(addressOf("/blacklist/:kind/:value", { param: { kind: "ip", value: "2001:db8::/64" } })).toBe(
      "/api/admin/blacklist/ip/2001%3Adb8%3A%3A%2F64",
    );
    expect(addressOf("/users/:id", { param: { id: "$& ?/" } })).toBe("/api/admin/users/%24%26%20%3F%2F");
  });

  it("has a query of what is given", () => {
    expect(addressOf("/orders", { query: { user: "a&b", state: "paid" } })).toBe(
      "/api/admin/orders?user=a%26b&state=paid",
    );
    expect(addressOf("/orders", { query: { cursor: undefined } })).toBe("/api/admin/orders");
    expect(addressOf("/settings")).toBe("/api/admin/settings");
  });
});

describe("a call", () => {
  it("sends names, body and headers to the route it names, and has its answer's type", async () => {
    const sent = answering({ id: "s1", remaining: 5 });
    const answer = await ask("POST", "/spikes/:id/restock", {
      param: { id: "s1" },
      json: { quantity: 5 },
      header: { "idempotency-key": "k" },
    });
    const remaining: number | undefined = answer.ok ? answer.body.remaining : undefined;
    expect(remaining).toBe(5);
    expect(sent[0]?.url).toBe("/api/admin/spikes/s1/restock");
    expect(sent[0]?.init).toMatchObject({ method: "POST", body: '{"quantity":5}' });
    expect(sent[0]?.init.headers).toMatchObject({ "idempotency-key": "k" });
  });

  it("does not compile where the API has no such route, parameter, field or value", async () => {
    const sent = answering({});
    // @ts-expect-error no such route
    await ask("GET", "/spike");
    // @ts-expect-error no such method there
    await ask("DELETE", "/orders");
    // @ts-expect-error the sale is not named
    await ask("POST", "/spikes/:id/pause");
    // @ts-expect-error a field of another name
    await ask("POST", "/spikes/:id/restock", { param: { id: "s1" }, json: { units: 5 } });
    // @ts-expect-error no such state
    await ask("GET", "/orders", { query: { state: "lost" } });
    const sale = await ask("POST", "/spikes/:id/pause", { param: { id: "s1" } });
    // @ts-expect-error only a planned sale has its waves
    expect(sale.ok && sale.body.waves).toBeUndefined();
    expect(sent).toHaveLength(6);
  });
});
