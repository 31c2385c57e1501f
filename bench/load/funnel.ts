/** How many requests each filter of a sale's funnel stopped, by the server's own count, the most first. */
export interface Stop {
  /** A request for a purchase token, or a purchase. */
  funnel: string;
  /** The filter, or the gate's or ledger's code where no filter had anything against it. */
  by: string;
  requests: number;
}

const OUTCOME = /^spike_funnel_outcomes_total\{([^}]*)\} (\d+)$/;
const LABEL = /(\w+)="([^"]*)"/g;

/** Reads the stops of one sale from a server's metrics (Prometheus text format). Nothing where nothing was counted. */
export function stopsIn(metrics: string, spikeId: string): Stop[] {
  const stops = metrics.split("\n").flatMap((line): Stop[] => {
    const [, labels, requests] = OUTCOME.exec(line) ?? [];
    if (labels === undefined) return [];
    const { spike, funnel, outcome, reason } = Object.fromEntries(
      [...labels.matchAll(LABEL)].map(([, name, value]) => [name, value]),
    ) as Record<string, string>;
    if (spike !== spikeId || funnel === undefined || reason === undefined) return [];
    if (outcome === "stopped") return [{ funnel, by: reason, requests: Number(requests) }];
    if (outcome === "refused")
      return [{ funnel, by: `gate or ledger: ${reason}`, requests: Number(requests) }];
    return [];
  });
  return stops.toSorted((a, b) => b.requests - a.requests);
}
