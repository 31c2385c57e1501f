import { previewAccess } from "../access/decide.ts";
import { createApi } from "../edge/api.ts";
import { previewRoute } from "./access-preview-contract.ts";

/** Stands for a sale that has no id yet. */
const UNSAVED_SPIKE_ID = "";
const MS_PER_SECOND = 1_000;

export const accessPreviewRoutes = createApi();

accessPreviewRoutes.openapi(previewRoute, async (c) => {
  const { accessRules, subject, spikeId = UNSAVED_SPIKE_ID } = c.req.valid("json");
  const { userId, tier, registeredAt, country } = subject;
  const asked = {
    userId,
    tier,
    country,
    role: "shopper",
    registeredAt: Math.floor(Date.parse(registeredAt) / MS_PER_SECOND),
  } as const;
  return c.json(await previewAccess(c.env, { id: spikeId, accessRules }, asked, Date.now()), 200);
});
