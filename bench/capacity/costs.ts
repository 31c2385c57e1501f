import {
  DATABASE_ROWS_PER_ORDER,
  DOLLARS_PER_MILLION,
  LEDGER_ROWS_PER_ORDER,
  OBJECT_GB,
  QUEUE_OPERATIONS_PER_MESSAGE,
} from "../../workers/shared/platform-costs.ts";
import type { Forecast } from "./simulation/scene.ts";
import type { Tally } from "./simulation/tally.ts";
import type { Topology } from "./topology.ts";

export interface Cost {
  name: string;
  dollars: number;
}

const MILLION = 1_000_000;

/** What the platform charges for a simulated sale; what a plan includes is not taken off. */
export function costsOf(tally: Tally, forecast: Forecast, topology: Topology): Cost[] {
  const price = (name: keyof typeof DOLLARS_PER_MILLION, amount: number) =>
    (amount * DOLLARS_PER_MILLION[name]) / MILLION;
  const cpuMs = topology.front.reduce((sum, processor) => sum + processor.busyMs, 0);
  const seconds = Math.max(tally.lastRecordedMs ?? 0, forecast.windowMs) / 1_000;
  const objects = forecast.gates + forecast.stripes;
  return [
    { name: "Worker requests", dollars: price("requests", tally.requests) },
    { name: "Worker CPU time", dollars: price("cpuMs", cpuMs) },
    { name: "Gate and ledger calls", dollars: price("objectRequests", tally.gateCalls + tally.ledgerCalls) },
    { name: "Gate and ledger time", dollars: price("objectGbSeconds", objects * seconds * OBJECT_GB) },
    { name: "Ledger rows", dollars: price("rowsWritten", tally.wins * LEDGER_ROWS_PER_ORDER) },
    { name: "Order database rows", dollars: price("rowsWritten", tally.wins * DATABASE_ROWS_PER_ORDER) },
    { name: "Queue", dollars: price("queueOperations", tally.messages * QUEUE_OPERATIONS_PER_MESSAGE) },
  ];
}

export const totalOf = (costs: readonly Cost[]): number =>
  costs.reduce((sum, { dollars }) => sum + dollars, 0);
