/** A sale as `POST /api/admin/spikes` takes it. */
export interface SaleDefinition {
  title: string;
  description: string;
  imageUrl: string;
  priceMinor: number;
  originalPriceMinor: number;
  currency: string;
  stock: number;
  maxPerUser: number;
  startsAt: string;
  endsAt: string;
  holdSeconds: number;
}

/** A sale that shows one phase. A sold-out one is created open, and then its stock is bought. */
export interface DemoSale {
  shows: "open" | "upcoming" | "sold_out" | "ended";
  definition: SaleDefinition;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** How long shoppers have to look at the countdown. */
const UPCOMING_AFTER_MS = 2 * MINUTE_MS;
/** Small, so that a few clicks buy all of it. */
const SOLD_OUT_STOCK = 3;

/** The demo catalogue as of `now`, epoch milliseconds: one sale for each phase. Titles are unique. */
export function demoCatalogue(now: number): DemoSale[] {
  return [
    {
      shows: "open",
      definition: {
        ...sale("Mechanical keyboard, 75 %", 4_900, 12_900, now - MINUTE_MS, now + DAY_MS),
        description: "Hot-swappable switches, a brass plate and a knob. A hundred at this price.",
        imageUrl: "/demo/keyboard.svg",
        stock: 100,
        maxPerUser: 2,
      },
    },
    {
      shows: "upcoming",
      definition: {
        ...sale("Noise-cancelling headphones", 9_900, 24_900, now + UPCOMING_AFTER_MS, now + DAY_MS),
        description: "Thirty hours without a charger. Fifty pairs, from the second the countdown ends.",
        imageUrl: "/demo/headphones.svg",
        stock: 50,
      },
    },
    {
      shows: "sold_out",
      definition: {
        ...sale("Espresso machine", 19_900, 49_900, now - MINUTE_MS, now + DAY_MS),
        description: "Three of them, and they went fast.",
        imageUrl: "/demo/espresso.svg",
        stock: SOLD_OUT_STOCK,
        maxPerUser: SOLD_OUT_STOCK,
      },
    },
    {
      shows: "ended",
      definition: {
        ...sale("Film camera", 7_900, 15_900, now - DAY_MS, now - HOUR_MS),
        description: "This one was yesterday.",
        imageUrl: "/demo/camera.svg",
        stock: 20,
      },
    },
  ];
}

function sale(title: string, priceMinor: number, originalPriceMinor: number, from: number, to: number) {
  return {
    title,
    priceMinor,
    originalPriceMinor,
    currency: "EUR",
    maxPerUser: 1,
    startsAt: new Date(from).toISOString(),
    endsAt: new Date(to).toISOString(),
    holdSeconds: 300,
  };
}
