import { table } from "./table.ts";

/** A claim about speed, what was found, and whether it holds. */
export interface Verdict {
  claim: string;
  found: string;
  holds: boolean;
}

/** The claims as lines for people. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ claim, found, holds }) => [claim, found, holds ? "holds" : "MISSED"]);
  return table(["goal", "found", ""], rows);
}
