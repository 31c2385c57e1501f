import type { PlannedWave } from "../../durable-objects/spike-stock/messages.ts";
import { createApi } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import { toInstant } from "../shared/instant.ts";
import { toWireSpike } from "../spike/wire.ts";
import { type PlannedSale, planWaves } from "./waves.ts";
import { planRoute } from "./wave-contract.ts";

export const waveRoutes = createApi();

waveRoutes.openapi(planRoute, async (c) => {
  const waves = c.req.valid("json").waves.map(({ at, quantity }) => ({ at: Date.parse(at), quantity }));
  const sale = await planWaves(c.env, requireIdentity(c).userId, c.req.valid("param").id, waves);
  return c.json(toWirePlannedSpike(sale, Date.now()), 200);
});

/** @param now the server's clock, epoch milliseconds. */
export function toWirePlannedSpike({ waves, ...sale }: PlannedSale, now: number) {
  return { ...toWireSpike(sale, now), waves: waves.map(toWireWave) };
}

function toWireWave({ at, quantity, releasedAt }: PlannedWave) {
  return {
    at: toInstant(at),
    quantity,
    ...(releasedAt !== null && { releasedAt: toInstant(releasedAt) }),
  };
}
