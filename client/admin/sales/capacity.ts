import { GATES_MAX } from "../../../workers/shared/limits.ts";
import {
  DATABASE_ROWS_PER_ORDER,
  DOLLARS_PER_MILLION,
  LEDGER_ROWS_PER_ORDER,
  OBJECT_GB,
  QUEUE_OPERATIONS_PER_MESSAGE,
} from "../../../workers/shared/platform-costs.ts";
import type { Assumed, CostName } from "./estimate-words.ts";

/**
 * What a sale will ask of the platform, from the size of the crowd. A rough calculation to plan with:
 * each assumption is a named constant here, and the form shows them beside the result.
 */
export interface CrowdForecast {
  /** People who will try to buy. */
  shoppers: number;
  /** In which most of them come, in seconds. */
  windowSeconds: number;
  /** Units for sale. */
  stock: number;
  /** Units an average shopper asks for. */
  unitsPerShopper: number;
  /** How long a reservation waits for its payment, in seconds. */
  holdSeconds: number;
}

export interface CapacityEstimate {
  /** API requests of the whole sale: tokens and purchases. */
  requests: number;
  /** At the worst moment. */
  peakRequestsPerSecond: number;
  /** Purchases at the worst moment. */
  peakPurchasesPerSecond: number;
  /** For the setting `gatesPerSpike`. */
  gates: number;
  /** What the gates and the ledger let through. */
  purchasesPerSecondMax: number;
  /** Null when the crowd is too small to buy everything. */
  sellOutSeconds: number | null;
  /** US dollars by what is paid for; amounts that a plan includes are not taken off. */
  costs: { name: CostName; dollars: number }[];
  totalDollars: number;
}

/** Shoppers bunch at the start: the worst second sees this many times the average of the window. */
export const PEAK_TO_AVERAGE = 3;
/** Tries of an average shopper, the successful one included. */
export const ATTEMPTS_PER_SHOPPER = 3;
/** A try is a call for the purchase token and the purchase. */
export const CALLS_PER_ATTEMPT = 2;
/** One Durable Object takes 500 to 1,000 simple requests a second (Cloudflare, Durable Objects FAQ); the lower end. */
export const GATE_PURCHASES_PER_SECOND = 500;
/** One Durable Object takes 200 to 500 calls that write a second; the lower end. */
export const LEDGER_CALLS_PER_SECOND = 200;
/** Purchases in one call while many wait: a quarter of the largest batch. */
export const PURCHASES_PER_LEDGER_CALL = 25;

/** CPU time of an average API request, most of which are refused early; measured on one core of a server. */
export const CPU_MS_PER_REQUEST = 0.3;
/** Events of one order that travel through the queue: reserved and paid. */
export const EVENTS_PER_ORDER = 2;
/** Events in one message while the sale is hot. */
export const EVENTS_PER_MESSAGE = 25;

const MILLION = 1_000_000;

/** @param forecast numbers above 0. */
export function estimateCapacity(forecast: CrowdForecast): CapacityEstimate {
  const { shoppers, windowSeconds, stock, unitsPerShopper } = forecast;
  const attempts = shoppers * ATTEMPTS_PER_SHOPPER;
  const peakPurchasesPerSecond = Math.min(attempts, (attempts * PEAK_TO_AVERAGE) / windowSeconds);
  const gates = clamp(Math.ceil(peakPurchasesPerSecond / GATE_PURCHASES_PER_SECOND), 1, GATES_MAX);
  const ledgerMax = LEDGER_CALLS_PER_SECOND * PURCHASES_PER_LEDGER_CALL;
  const purchasesPerSecondMax = Math.min(gates * GATE_PURCHASES_PER_SECOND, ledgerMax);
  const winners = Math.min(shoppers, Math.ceil(stock / unitsPerShopper));
  const newcomersPerSecond = Math.min(shoppers, (shoppers * PEAK_TO_AVERAGE) / windowSeconds);
  const winsPerSecond = Math.min(newcomersPerSecond, purchasesPerSecondMax);
  const sellsOut = shoppers * unitsPerShopper >= stock;
  const costs = costsOf(forecast, { attempts, winners, gates });
  return {
    requests: attempts * CALLS_PER_ATTEMPT,
    peakRequestsPerSecond: peakPurchasesPerSecond * CALLS_PER_ATTEMPT,
    peakPurchasesPerSecond,
    gates,
    purchasesPerSecondMax,
    sellOutSeconds: sellsOut ? Math.max(1, winners / winsPerSecond) : null,
    costs,
    totalDollars: costs.reduce((sum, { dollars }) => sum + dollars, 0),
  };
}

function costsOf(
  { windowSeconds, holdSeconds }: CrowdForecast,
  { attempts, winners, gates }: { attempts: number; winners: number; gates: number },
): { name: CostName; dollars: number }[] {
  const requests = attempts * CALLS_PER_ATTEMPT;
  const objectSeconds = (windowSeconds + holdSeconds) * (gates + 1);
  const messages = Math.ceil((winners * EVENTS_PER_ORDER) / EVENTS_PER_MESSAGE);
  const price = (name: keyof typeof DOLLARS_PER_MILLION, amount: number) =>
    (amount * DOLLARS_PER_MILLION[name]) / MILLION;
  return [
    { name: "requests", dollars: price("requests", requests) },
    { name: "cpu", dollars: price("cpuMs", requests * CPU_MS_PER_REQUEST) },
    // As if no purchase were turned away before its gate, and each gate called the ledger as often.
    { name: "objectCalls", dollars: price("objectRequests", attempts * 2) },
    { name: "objectTime", dollars: price("objectGbSeconds", objectSeconds * OBJECT_GB) },
    { name: "ledgerRows", dollars: price("rowsWritten", winners * LEDGER_ROWS_PER_ORDER) },
    { name: "databaseRows", dollars: price("rowsWritten", winners * DATABASE_ROWS_PER_ORDER) },
    { name: "queue", dollars: price("queueOperations", messages * QUEUE_OPERATIONS_PER_MESSAGE) },
  ];
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** What the estimate takes for granted. */
export const ASSUMED: Assumed = {
  attempts: ATTEMPTS_PER_SHOPPER,
  calls: CALLS_PER_ATTEMPT,
  peak: PEAK_TO_AVERAGE,
  gatePurchases: GATE_PURCHASES_PER_SECOND,
  ledgerCalls: LEDGER_CALLS_PER_SECOND,
  ledgerBatch: PURCHASES_PER_LEDGER_CALL,
  cpuMs: CPU_MS_PER_REQUEST,
  ledgerRows: LEDGER_ROWS_PER_ORDER,
  databaseRows: DATABASE_ROWS_PER_ORDER,
};
