import type { BodyOf } from "../shared/admin-api.ts";

/** A sale as admins see it: with all its waves. `releasedAt` is absent while a wave is to come. */
export type PlannedSale = BodyOf<"GET", "/spikes/:id">;
