import { env } from "cloudflare:workers";
import { app } from "../../../workers/app.ts";
import { describe, expect, it } from "vitest";
import { buy } from "../support/purchases.ts";
import { createSpike } from "../support/spikes.ts";
import { ORIGIN, request } from "../support/http.ts";
import { bearer } from "../support/tokens.ts";

/** Lists orders with this cookie; tells from where the session read and which cookie it left. */
async function list(cookie?: string) {
  const constraints: unknown[] = [];
  const DB = new Proxy(env.DB, {
    get(target, property) {
      const value = Reflect.get(target, property) as unknown;
      if (property !== "withSession") return typeof value === "function" ? value.bind(target) : value;
      return (constraint: string) => {
        constraints.push(constraint);
        const session = target.withSession(constraint);
        return Object.assign(session, { getBookmark: () => "0000000a-0000000b-0000000c-ffff" });
      };
    },
  });
  const headers = { ...(await bearer()), ...(cookie !== undefined && { cookie }) };
  const response = await app.request(`${ORIGIN}/api/orders`, { headers }, { ...env, DB });
  expect(response.status).toBe(200);
  const left = response.headers.getSetCookie().find((line) => line.startsWith("spike_bookmark="));
  return { constraints, left };
}

describe("a list of orders", () => {
  it("comes from the nearest copy, and from then on never from an older one", async () => {
    const { constraints, left } = await list();
    expect(constraints).toEqual(["first-unconstrained"]);
    expect(left).toMatch(
      /^spike_bookmark=0000000a-0000000b-0000000c-ffff; Max-Age=60; Path=\/api\/orders; HttpOnly/,
    );
    const next = await list("spike_bookmark=0000000a-0000000b-0000000c-ffff");
    expect(next.constraints).toEqual(["0000000a-0000000b-0000000c-ffff"]);
  });

  it("comes from the database itself for a while after a change, however often it is read", async () => {
    expect(await list("spike_bookmark=first-primary")).toEqual({
      constraints: ["first-primary"],
      left: undefined,
    });
  });

  it.each(["first-unconstrained'--", "", "x", "a".repeat(400), "0-0-0-0-0-0-0-0-0"])(
    "ignores a bookmark that is none: %j",
    async (nonsense) => {
      expect((await list(`spike_bookmark=${nonsense}`)).constraints).toEqual(["first-unconstrained"]);
    },
  );
});

it("a purchase, a payment and a cancellation make the own list come from the database", async () => {
  const { id } = await createSpike();
  const [paid, given] = [await buy(id, { userId: "u1" }), await buy(id, { userId: "u2" })];
  const primary =
    "spike_bookmark=first-primary; Max-Age=60; Path=/api/orders; HttpOnly; Secure; SameSite=Lax";
  expect(paid.headers.getSetCookie()).toEqual([primary]);
  const act = async (verb: string, order: typeof paid, userId: string) => {
    const path = `/api/orders/${String(order.body.orderId)}/${verb}`;
    return await request(path, { method: "POST", headers: await bearer({ userId }) });
  };
  for (const answer of [await act("payment", paid, "u1"), await act("cancellation", given, "u2")]) {
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([primary]);
  }
});
