import { type Language, LANGUAGE_TAGS } from "./language.ts";

const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3_600;
const SECONDS_PER_DAY = 86_400;

/** An amount of minor units in the currency's own way of writing; whole amounts lose their zeros. */
export function formatMoney(language: Language, minor: number, currency: string): string {
  const format = new Intl.NumberFormat(LANGUAGE_TAGS[language], { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  const amount = minor / 10 ** digits;
  if (!Number.isInteger(amount)) return format.format(amount);
  return new Intl.NumberFormat(LANGUAGE_TAGS[language], {
    style: "currency",
    currency,
    maximumFractionDigits: 0,
  }).format(amount);
}

export function formatNumber(language: Language, value: number): string {
  return new Intl.NumberFormat(LANGUAGE_TAGS[language]).format(value);
}

/** A part of one as whole percent. */
export function formatPercent(language: Language, part: number): string {
  return new Intl.NumberFormat(LANGUAGE_TAGS[language], { style: "percent" }).format(part);
}

/**
 * Day and time in a time zone that is named, because a page for everyone cannot know the reader's. The
 * year is said only when it is another one than this.
 * @param timeZone IANA name; undefined for the zone of the machine this runs on.
 */
export function formatMoment(
  language: Language,
  epochMs: number,
  timeZone?: string,
  now: number = Date.now(),
): string {
  const isThisYear = new Date(epochMs).getUTCFullYear() === new Date(now).getUTCFullYear();
  return new Intl.DateTimeFormat(LANGUAGE_TAGS[language], {
    ...(!isThisYear && { year: "numeric" }),
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
    ...(timeZone !== undefined && { timeZone }),
  }).format(epochMs);
}

/** A duration in its two largest units, such as "2 hr 5 min": for reading, not for counting down. */
export function formatDuration(language: Language, seconds: number): string {
  const units: [string, number][] = [
    ["day", SECONDS_PER_DAY],
    ["hour", SECONDS_PER_HOUR],
    ["minute", SECONDS_PER_MINUTE],
    ["second", 1],
  ];
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count === 0 || parts.length === 2) continue;
    const style = { style: "unit", unit, unitDisplay: "long" } as const;
    parts.push(new Intl.NumberFormat(LANGUAGE_TAGS[language], style).format(count));
  }
  const empty = { style: "unit", unit: "second", unitDisplay: "long" } as const;
  return parts.join(" ") || new Intl.NumberFormat(LANGUAGE_TAGS[language], empty).format(0);
}

/** The digits of a countdown, and which of the large units are worth showing. */
export interface Countdown {
  showsDays: boolean;
  showsHours: boolean;
  days: number;
  hours: string;
  minutes: string;
  seconds: string;
}

/** What is left of `ms` milliseconds, never rounded down to zero before it is over. */
export function countdownOf(ms: number): Countdown {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  return {
    showsDays: total >= SECONDS_PER_DAY,
    showsHours: total >= SECONDS_PER_HOUR,
    days: Math.floor(total / SECONDS_PER_DAY),
    hours: two(Math.floor((total % SECONDS_PER_DAY) / SECONDS_PER_HOUR)),
    minutes: two(Math.floor((total % SECONDS_PER_HOUR) / SECONDS_PER_MINUTE)),
    seconds: two(total % SECONDS_PER_MINUTE),
  };
}
