import type { WireSpike } from "../../../workers/spike/schemas.ts";

/** A sale as admins see it: with all its waves. `releasedAt` is absent while a wave is to come. */
export interface PlannedSale extends WireSpike {
  waves: { at: string; quantity: number; releasedAt?: string | undefined }[];
}
