/** A time on the wire: RFC 3339 in UTC. */
export function toInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
