import { ringOf } from "../shared/hash-ring.ts";
import { OFF, type Settings } from "../shared/settings.ts";
import type { Subject } from "../shared/strikes.ts";

/** The number of the gate that a user's purchases go through; null when they go to the ledger directly. */
export function gateOf(userId: string, { gatesPerSpike }: Pick<Settings, "gatesPerSpike">): number | null {
  return gatesPerSpike === OFF ? null : ringOf(gatesPerSpike).nodeOf(userId);
}

/** The gate that keeps a subject's strikes: a user's own, and one for each address. There always is one. */
export function keeperOf({ value }: Subject, settings: Pick<Settings, "gatesPerSpike">): number {
  return gateOf(value, settings) ?? 0;
}
