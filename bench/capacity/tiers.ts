import type { CapacityOptions } from "./options.ts";
import { type CapacityPlan, planCapacity } from "./plan.ts";
import type { CpuMs } from "./topology.ts";

/** Crowds that are shown beside the one that was asked for. */
export const TIERS = [1e5, 1e6, 1e7, 5e7];

/** The same sale for larger and smaller crowds, with stock in proportion. */
export function planTiers(
  options: CapacityOptions,
  cpuMs: CpuMs,
  say: (line: string) => void,
): CapacityPlan[] {
  return TIERS.map((users) => {
    say(`simulating ${users.toLocaleString("en")} shoppers`);
    const stock = Math.max(1, Math.round((options.stock * users) / options.users));
    return planCapacity({ ...options, users, stock }, cpuMs);
  });
}
