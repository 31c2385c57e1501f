import {
  BOTTOM,
  escape,
  figure,
  HEIGHT,
  LEFT,
  niceTicks,
  PLOT_HEIGHT,
  PLOT_WIDTH,
  RIGHT,
  type Series,
  shortNumber,
  TOP,
  WIDTH,
  wordsOf,
} from "./svg.ts";

/** Room for what the axis of growth is called. */
const AXIS_HEIGHT = 20;

/** Lines over something that grows by factors, from zero up, so that what stays the same looks level. Points must have x above 0. */
export function growthChart(title: string, xName: string, series: Series[]): string {
  const points = series.flatMap((line) => line.points);
  const xs = [...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b);
  const [first = 1, last = first] = [xs[0], xs.at(-1)];
  const ticks = niceTicks(points.reduce((most, { y }) => Math.max(most, y), 0));
  const top = ticks.at(-1) ?? 1;
  const x = (value: number) => LEFT + (Math.log(value / first) / (Math.log(last / first) || 1)) * PLOT_WIDTH;
  const y = (value: number) => TOP + (1 - value / top) * PLOT_HEIGHT;
  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}"/>` +
      `<text class="tick" x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${shortNumber(tick)}</text>`,
  );
  // The first and the last would be cut by the edges.
  const anchorOf = (value: number) => (value === first ? "start" : value === last ? "end" : "middle");
  const labels = xs.map(
    (value) =>
      `<text class="tick" x="${x(value)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="${anchorOf(value)}">${shortNumber(value)}</text>`,
  );
  const lines = series.map(({ colour, points: own }) => {
    const at = own.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`);
    const dots = at.map((place) => {
      const [cx, cy] = place.split(",");
      return `<circle cx="${cx}" cy="${cy}" r="4" style="fill:var(${colour})"/>`;
    });
    return at.length === 0
      ? ""
      : `<path class="line" style="stroke:var(${colour})" d="M${at.join("L")}"/>${dots.join("")}`;
  });
  const axis = `<text class="tick" x="${LEFT + PLOT_WIDTH / 2}" y="${HEIGHT + AXIS_HEIGHT - 6}" text-anchor="middle">${escape(xName)}</text>`;
  const content = [...grid, ...lines, ...labels, axis].join("");
  return figure(title, series, HEIGHT + AXIS_HEIGHT, content, wordsOf(series));
}
