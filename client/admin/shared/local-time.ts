const MS_PER_MINUTE = 60_000;
/** Up to the seconds: what `datetime-local` inputs take. */
const INPUT_CHARS = "2026-11-11T00:00:00".length;

/** A moment (RFC 3339) as a `datetime-local` input wants it: on this machine's clock, to the second. */
export function toLocalInput(instant: string): string {
  const moment = new Date(instant);
  const offsetMs = moment.getTimezoneOffset() * MS_PER_MINUTE;
  return new Date(moment.getTime() - offsetMs).toISOString().slice(0, INPUT_CHARS);
}

/** The moment such an input names, as RFC 3339 in UTC; the empty text when it names none. */
export function fromLocalInput(text: string): string {
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? "" : moment.toISOString();
}

/** The name of the zone that times are entered and shown in. */
export const LOCAL_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
