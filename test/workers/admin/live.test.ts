import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { issueAccessToken } from "../../../workers/user/access-token.ts";
import { call, ORIGIN, request } from "../support/http.ts";
import { createSpike } from "../support/spikes.ts";
import { adminBearer, bearer } from "../support/tokens.ts";

const pathOf = (id: string) => `/api/admin/spikes/${id}/live`;
const handshake = (id: string, headers: Record<string, string>) =>
  request(pathOf(id), { headers: { upgrade: "websocket", ...headers } });

async function sessionCookie(role: "admin" | "shopper"): Promise<string> {
  const identity = { userId: "u1", role, tier: 0, registeredAt: 0 };
  return `spike_session=${await issueAccessToken(env, identity)}`;
}

it.each([
  ["a token", async () => await adminBearer()],
  ["a page's session", async () => ({ cookie: await sessionCookie("admin"), origin: ORIGIN })],
])("opens for an admin with %s", async (_, headers) => {
  const { id } = await createSpike();
  const { status, webSocket } = await handshake(id, await headers());
  expect(status).toBe(101);
  webSocket?.accept();
  const message = new Promise<MessageEvent>((resolve) => webSocket?.addEventListener("message", resolve));
  expect(JSON.parse((await message).data as string)).toMatchObject({ kind: "live", stock: { total: 10 } });
  webSocket?.close();
});

it.each<[string, number, () => Promise<Record<string, string>>]>([
  ["nobody", 401, async () => ({})],
  ["a shopper", 403, async () => await bearer()],
  ["a shopper's page", 403, async () => ({ cookie: await sessionCookie("shopper"), origin: ORIGIN })],
  [
    "another site's page in an admin's browser",
    401,
    async () => ({ cookie: await sessionCookie("admin"), origin: "https://evil.example" }),
  ],
])("stays closed for %s: %d", async (_, status, headers) => {
  const { id } = await createSpike();
  expect((await handshake(id, await headers())).status).toBe(status);
});

it("needs a sale, and a handshake", async () => {
  expect((await handshake("nosuchspike0", await adminBearer())).status).toBe(404);
  const { id } = await createSpike();
  expect(await call(pathOf(id), { headers: await adminBearer() })).toMatchObject({ status: 400 });
});
