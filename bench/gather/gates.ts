import { withoutFilters } from "../load/admin.ts";
import { prepare, type Round } from "./gather.ts";
import type { GatherOptions } from "./options.ts";

/** Gates that the purchases of a round go through. */
const GATES = [1, 8, 32];

/** What a purchase costs with few and with many gates: one server, the numbers take turns. */
export async function measureGates(
  options: GatherOptions,
  onRound: (gates: number, round: Round) => void,
): Promise<Map<number, Round[]>> {
  const server = await prepare("on", options);
  try {
    await server.round();
    const rounds = new Map<number, Round[]>(GATES.map((gates) => [gates, []]));
    for (let round = 0; round < options.rounds; round++) {
      for (const [gates, measured] of rounds) {
        const settings = withoutFilters(await server.admin.settings());
        await server.admin.saveSettings({ ...settings, gatesPerSpike: gates });
        const played = await server.round();
        measured.push(played);
        onRound(gates, played);
      }
    }
    return rounds;
  } finally {
    await server.close();
  }
}
