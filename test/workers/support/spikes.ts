import type { WireSpike } from "../../../workers/spike/schemas.ts";
import { call } from "./http.ts";
import { adminBearer } from "./tokens.ts";

const MINUTE_MS = 60_000;

/** RFC 3339, that many minutes from now. */
export const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS).toISOString();

/** A valid definition of a sale that is running, with `overrides` in it. */
export function definition(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    title: "Enamel kettle",
    description: "One litre.",
    priceMinor: 1_900,
    currency: "EUR",
    stock: 10,
    maxPerUser: 2,
    startsAt: inMinutes(-1),
    endsAt: inMinutes(60),
    holdSeconds: 300,
    accessRules: [],
    ...overrides,
  };
}

/** Creates a sale through the admin API. */
export async function createSpike(overrides: Record<string, unknown> = {}): Promise<WireSpike> {
  const { status, body } = await call<WireSpike>("/api/admin/spikes", {
    headers: await adminBearer(),
    body: definition(overrides),
  });
  if (status !== 201) throw new Error(`creating a spike answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
