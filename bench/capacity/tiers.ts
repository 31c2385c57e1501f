import { type CapacityOptions, STOCK_MAX } from "./options.ts";
import { type CapacityPlan, planCapacity } from "./plan.ts";
import type { CpuMs } from "./topology.ts";

/** Crowds that are shown beside the one that was asked for. */
export const TIERS = [1e5, 1e6, 1e7, 5e7];

/** In proportion, within what a command line may ask for. */
export const tierStock = (
  { stock, users }: Pick<CapacityOptions, "stock" | "users">,
  crowd: number,
): number => Math.min(STOCK_MAX, Math.max(1, Math.round((stock * crowd) / users)));

/** The same sale for larger and smaller crowds, with stock in proportion. */
export function planTiers(
  options: CapacityOptions,
  cpuMs: CpuMs,
  say: (line: string) => void,
): CapacityPlan[] {
  return TIERS.map((users) => {
    say(`simulating ${users.toLocaleString("en")} shoppers`);
    const stock = tierStock(options, users);
    return planCapacity({ ...options, users, stock }, cpuMs);
  });
}
