import { call, request } from "./http.ts";
import { bearer } from "./tokens.ts";

/** A purchase token for a shopper the test makes up. */
export async function purchaseTokenFor(spikeId: string, userId: string): Promise<string> {
  const { status, body } = await call<{ token: string }>(`/api/spikes/${spikeId}/token`, {
    method: "POST",
    headers: await bearer({ userId }),
  });
  if (status !== 200) throw new Error(`the token answered ${status}: ${JSON.stringify(body)}`);
  return body.token;
}

export interface PurchaseCall {
  userId: string;
  token?: string;
  key?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** One purchase over HTTP; gets its token first unless it is given. */
export async function buy(spikeId: string, { userId, token, key, body, headers }: PurchaseCall) {
  const purchaseToken = token ?? (await purchaseTokenFor(spikeId, userId));
  const response = await request(`/api/spikes/${spikeId}/purchases/${purchaseToken}`, {
    method: "POST",
    headers: {
      ...(await bearer({ userId })),
      ...(key !== undefined && { "idempotency-key": key }),
      ...headers,
    },
    body,
  });
  return {
    status: response.status,
    headers: response.headers,
    body: await response.json<Record<string, unknown>>(),
  };
}
