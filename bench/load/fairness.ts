import type { Check } from "./checks.ts";
import type { Evidence } from "./evidence.ts";

/** What people must have of the stock in the end. */
export const PEOPLE_SHARE_MIN = 0.95;
/** What bots must have sent of all requests, or the sale proves nothing. */
export const BOT_TRAFFIC_SHARE_MIN = 0.5;

/** Judges whether the filters told people from bots, in a sale with at least as many requests of bots as of people. */
export function judgeFairness(evidence: Evidence): Check[] {
  return [botsWereHalf(evidence), peopleGotTheStock(evidence), nobodyBarred(evidence)];
}

function botsWereHalf({ attempts: { people, bots } }: Evidence): Check {
  const share = bots / (people + bots);
  return {
    name: "bots sent half of all requests",
    pass: share >= BOT_TRAFFIC_SHARE_MIN,
    found: `${bots} of ${people + bots}, ${percent(share)}`,
  };
}

function peopleGotTheStock(evidence: Evidence): Check {
  const { people, bots } = unitsByOwner(evidence);
  const share = people / evidence.stock;
  return {
    name: `people got ${percent(PEOPLE_SHARE_MIN)} of the stock`,
    pass: share >= PEOPLE_SHARE_MIN,
    found: `${people} of ${evidence.stock}, ${percent(share)}; bots ${bots}`,
  };
}

function nobodyBarred({ notes, barred, peopleToldBlacklisted }: Evidence): Check {
  const botAddresses = new Set(notes.bots.values());
  const [botsBarred, peopleBarred] = [true, false].map((bots) =>
    barred.filter(({ kind, value }) => (kind === "user" ? notes.bots : botAddresses).has(value) === bots),
  ) as [typeof barred, typeof barred];
  return {
    name: "no shopper is blacklisted",
    pass: peopleBarred.length === 0 && peopleToldBlacklisted === 0,
    found:
      `${peopleBarred.length} barred, ${peopleToldBlacklisted} told so; ` +
      `of bots ${botsBarred.length} accounts and addresses`,
  };
}

/** Units that are reserved or paid. */
export function unitsByOwner({ orders, notes }: Evidence): Record<"people" | "bots", number> {
  const units = { people: 0, bots: 0 };
  for (const { userId, quantity, state } of orders) {
    if (state === "reserved" || state === "paid")
      units[notes.bots.has(userId) ? "bots" : "people"] += quantity;
  }
  return units;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
