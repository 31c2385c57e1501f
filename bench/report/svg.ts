/*
 * Charts as inline SVG: no script, no font and no host but the file itself. Colours are CSS variables
 * of the page, so that they follow light and dark.
 */

export interface Series {
  name: string;
  /** A CSS variable of the page, `--wins` for example. */
  colour: string;
  /** Ascending in x. */
  points: { x: number; y: number }[];
}

export const WIDTH = 720;
export const HEIGHT = 240;
export const LEFT = 52;
export const RIGHT = 12;
export const TOP = 12;
export const BOTTOM = 28;
export const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
export const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;
const TICKS_ABOUT = 5;
const BAR_HEIGHT = 26;
const BAR_LABEL_MIN_WIDTH = 200;
/** Longer labels are cut. */
const BAR_LABEL_MAX_CHARS = 54;
/** Of a label, about. */
const CHAR_WIDTH = 8;
const BAR_VALUE_WIDTH = 90;

/** Text that is safe inside HTML and SVG, attributes included. */
export function escape(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

/** Round numbers from 0 to at least `max`, about TICKS_ABOUT of them. */
export function niceTicks(max: number): number[] {
  if (!(max > 0)) return [0, 1];
  const rough = max / TICKS_ABOUT;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks = [0];
  while ((ticks.at(-1) ?? 0) < max) ticks.push(Number((ticks.length * step).toPrecision(12)));
  return ticks;
}

/** Lines over seconds; `filled` stacks them as areas from the bottom up. */
export function timeChart(title: string, series: Series[], options: { filled?: boolean } = {}): string {
  const drawn = options.filled ? stack(series) : series.map((line) => ({ ...line, base: undefined }));
  const xs = series.flatMap((line) => line.points.map((point) => point.x));
  const [minX, maxX] = xs.length === 0 ? [0, 1] : [extreme(xs, Math.min), extreme(xs, Math.max)];
  const ys = drawn.flatMap((line) => line.points.map((point) => point.y));
  const ticks = niceTicks(extreme([0, ...ys], Math.max));
  const top = ticks.at(-1) ?? 1;
  const x = (value: number) => LEFT + ((value - minX) / (maxX - minX || 1)) * PLOT_WIDTH;
  const y = (value: number) => TOP + (1 - value / top) * PLOT_HEIGHT;
  const path = (points: Series["points"]) =>
    points.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join("L");
  const shapes = drawn.map((line) => {
    if (line.points.length === 0) return "";
    if (!line.base)
      return `<path class="line" style="stroke:var(${line.colour})" d="M${path(line.points)}"/>`;
    const back = line.base.toReversed();
    return `<path class="area" style="fill:var(${line.colour})" d="M${path(line.points)}L${path(back)}Z"/>`;
  });
  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}"/>` +
      `<text class="tick" x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${shortNumber(tick)}</text>`,
  );
  const labels = niceTicks(maxX)
    .filter((tick) => tick >= minX && tick <= maxX)
    .map(
      (tick) => `<text class="tick" x="${x(tick)}" y="${HEIGHT - 8}" text-anchor="middle">${tick} s</text>`,
    );
  const words = series.map((line) => {
    const highest = line.points.reduce((best, point) => (point.y > best.y ? point : best), { x: 0, y: 0 });
    return `${line.name} at most ${readable(highest.y)}, at ${readable(highest.x)} s`;
  });
  return figure(title, series, HEIGHT, [...grid, ...shapes, ...labels].join(""), words);
}

/** Lines over a wide range: both axes logarithmic. Points must be above 0. */
export function logChart(title: string, series: Series[]): string {
  const all = series.flatMap((line) => line.points);
  const decades = (values: number[]): [number, number] => {
    const low = Math.floor(Math.log10(extreme([Number.POSITIVE_INFINITY, ...values], Math.min)));
    const high = Math.ceil(Math.log10(extreme([0, ...values], Math.max)));
    return Number.isFinite(low) && Number.isFinite(high) ? [low, Math.max(high, low + 1)] : [0, 1];
  };
  const [lowX, highX] = decades(all.map((point) => point.x));
  const [lowY, highY] = decades(all.map((point) => point.y));
  const x = (value: number) => LEFT + ((Math.log10(value) - lowX) / (highX - lowX)) * PLOT_WIDTH;
  const y = (value: number) => TOP + (1 - (Math.log10(value) - lowY) / (highY - lowY)) * PLOT_HEIGHT;
  const powers = (low: number, high: number) =>
    Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  const grid = powers(lowY, highY).map(
    (tick) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}"/>` +
      `<text class="tick" x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${shortNumber(tick)}</text>`,
  );
  const labels = powers(lowX, highX).map(
    (tick) =>
      `<text class="tick" x="${x(tick)}" y="${HEIGHT - 8}" text-anchor="middle">${shortNumber(tick)}</text>`,
  );
  const lines = series.map(({ colour, points }) => {
    const at = points.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`);
    return at.length === 0 ? "" : `<path class="line" style="stroke:var(${colour})" d="M${at.join("L")}"/>`;
  });
  return figure(title, series, HEIGHT, [...grid, ...lines, ...labels].join(""), wordsOf(series));
}

/** One bar a row, its parts one after the other. */
export function barChart(
  title: string,
  parts: { name: string; colour: string }[],
  rows: { label: string; values: number[] }[],
): string {
  const longest = extreme([0, ...rows.map((row) => sum(row.values))], Math.max) || 1;
  const labelWidth = labelWidthOf(rows);
  const scale = (WIDTH - labelWidth - BAR_VALUE_WIDTH) / longest;
  const bars = rows.map((row, index) => {
    const y = index * BAR_HEIGHT + 4;
    let x = labelWidth;
    const rects = row.values.map((value, part) => {
      const rect = `<rect x="${x.toFixed(1)}" y="${y}" width="${(value * scale).toFixed(1)}" height="${BAR_HEIGHT - 8}" style="fill:var(${parts[part]?.colour ?? "--ink"})"/>`;
      x += value * scale;
      return rect;
    });
    return (
      labelAt(row.label, labelWidth, y + 13) +
      `${rects.join("")}<text class="tick" x="${x + 8}" y="${y + 13}">${readable(sum(row.values))}</text>`
    );
  });
  const words = rows.map(({ label, values }) => {
    const named =
      parts.length > 1 ? values.map((value, part) => `${parts[part]?.name} ${readable(value)}`) : [];
    return `${label} ${named.length > 0 ? named.join(", ") : readable(sum(values))}`;
  });
  return figure(title, parts, rows.length * BAR_HEIGHT + 4, bars.join(""), words);
}

/** As wide as the longest label, within bounds. */
const labelWidthOf = (rows: readonly { label: string }[]): number => {
  const longest = extreme([0, ...rows.map(({ label }) => label.length)], Math.max);
  return Math.max(BAR_LABEL_MIN_WIDTH, Math.min(longest, BAR_LABEL_MAX_CHARS) * CHAR_WIDTH + 10);
};

function labelAt(label: string, width: number, y: number): string {
  const short = label.length > BAR_LABEL_MAX_CHARS ? `${label.slice(0, BAR_LABEL_MAX_CHARS - 1)}…` : label;
  return `<text class="label" x="${width - 10}" y="${y}" text-anchor="end">${escape(short)}</text>`;
}

/** Spans from the median to the far tail on a logarithmic axis of milliseconds. */
export function spanChart(
  title: string,
  rows: { label: string; p50: number; p99: number; p999: number }[],
): string {
  const values = rows.flatMap((row) => [row.p50, row.p99, row.p999]).filter((value) => value > 0);
  const low = Math.floor(Math.log10(extreme([1, ...values], Math.min)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(extreme([1, ...values], Math.max))));
  const labelWidth = labelWidthOf(rows);
  const x = (ms: number) =>
    labelWidth + ((Math.log10(Math.max(ms, 10 ** low)) - low) / (high - low)) * (WIDTH - labelWidth - 40);
  const height = rows.length * BAR_HEIGHT + BOTTOM;
  const decades = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  const grid = decades.map(
    (ms) =>
      `<line class="grid" x1="${x(ms)}" x2="${x(ms)}" y1="0" y2="${height - BOTTOM}"/>` +
      `<text class="tick" x="${x(ms)}" y="${height - 8}" text-anchor="middle">${ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`}</text>`,
  );
  const spans = rows.map((row, index) => {
    const y = index * BAR_HEIGHT + BAR_HEIGHT / 2;
    const dot = (ms: number, colour: string) =>
      `<circle cx="${x(ms)}" cy="${y}" r="5" style="fill:var(${colour})"/>`;
    return (
      labelAt(row.label, labelWidth, y + 4) +
      `<line class="span" x1="${x(row.p50)}" x2="${x(row.p999)}" y1="${y}" y2="${y}"/>` +
      dot(row.p999, "--p999") +
      dot(row.p99, "--p99") +
      dot(row.p50, "--p50")
    );
  });
  const keys = [
    { name: "p50", colour: "--p50" },
    { name: "p99", colour: "--p99" },
    { name: "p99.9", colour: "--p999" },
  ];
  const words = rows.map(
    ({ label, p50, p99, p999 }) =>
      `${label} p50 ${readable(p50)} ms, p99 ${readable(p99)} ms, p99.9 ${readable(p999)} ms`,
  );
  return figure(title, keys, height, [...grid, ...spans].join(""), words);
}

/** HTML that scrolls by itself where the screen is narrow: who has no mouse scrolls what has the focus. */
export const wide = (content: string): string => `<div class="wide" tabindex="0">${content}</div>`;

/** @param words what the picture says, for whoever does not see it. */
export function figure(
  title: string,
  keys: { name: string; colour: string }[],
  height: number,
  content: string,
  words: readonly string[],
): string {
  const legend = keys
    .map((key) => `<span><i style="background:var(${key.colour})"></i>${escape(key.name)}</span>`)
    .join("");
  return (
    `<figure><figcaption><h2>${escape(title)}</h2><div class="legend">${legend}</div></figcaption>` +
    `${wide(`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape([title, ...words].join("; "))}">${content}</svg>`)}</figure>`
  );
}

/** Each point of each line. */
export const wordsOf = (series: readonly Series[]): string[] =>
  series.map(
    ({ name, points }) =>
      `${name} ${points.map(({ x, y }) => `${readable(y)} at ${readable(x)}`).join(", ")}`,
  );

const READABLE_DIGITS = 4;
/** A number for people: with separators, and no more digits than say something. */
const readable = (value: number): string =>
  value.toLocaleString("en", value < 1_000 ? { maximumSignificantDigits: READABLE_DIGITS } : {});

/** Each series on top of those before it. */
function stack(series: Series[]) {
  const heights = new Map<number, number>();
  return series.map((line) => {
    const base = line.points.map(({ x }) => ({ x, y: heights.get(x) ?? 0 }));
    const points = line.points.map(({ x, y }) => ({ x, y: y + (heights.get(x) ?? 0) }));
    for (const { x, y } of points) heights.set(x, y);
    return { ...line, points, base };
  });
}

export function shortNumber(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toFixed(1))}M`;
  return value >= 1000 ? `${Number((value / 1000).toFixed(1))}k` : String(value);
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Not spread into arguments: a long rehearsal has more points than a call may have. */
function extreme(values: number[], pick: (a: number, b: number) => number): number {
  return values.reduce((best, value) => pick(best, value));
}
