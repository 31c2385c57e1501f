import { inject } from "vitest";
import type { RehearsalReport } from "../../../bench/report/report.ts";
import { readOptions } from "../../../bench/rehearsal/options.ts";
import { rehearse } from "../../../bench/rehearsal/rehearsal.ts";
import { setStage } from "../../../bench/rehearsal/stage.ts";
import { asAdmin, shopUrl } from "./shop.ts";

/** A whole sale played by a small crowd in the shop that all tests share; its verdict, once it is over. */
export async function holdRehearsal(users: number, stock: number): Promise<RehearsalReport> {
  const flags = { users, stock, url: shopUrl(), hold: 5, window: 6, connections: 32, bots: "0%" };
  const options = readOptions(Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]));
  if (options === "help") throw new Error("these flags ask for no help");
  const admin = { ADMIN_USERNAME: "admin", ADMIN_PASSWORD: inject("adminPassword") };
  const stage = await setStage(options, { ...admin, JWT_KEYS: inject("jwtKeys") }, () => {});
  try {
    return await rehearse(stage, options, "rehearsal", () => {});
  } finally {
    await stage.close();
  }
}

/** The id of the sale that a rehearsal puts up, as soon as it is there. */
export async function rehearsedSale(stock: number): Promise<string> {
  for (;;) {
    const { spikes } = await asAdmin<{ spikes: { id: string; title: string; stock: number }[] }>(
      "GET",
      "/spikes",
    );
    const found = spikes.find((spike) => spike.title.startsWith("Rehearsal") && spike.stock === stock);
    if (found) return found.id;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
