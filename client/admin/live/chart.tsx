/** @jsxImportSource hono/jsx/dom */
import { useEffect, useRef } from "hono/jsx/dom";
import uPlot from "uplot";
import { LANGUAGE_TAGS } from "../../../workers/pages/language.ts";
import { LANGUAGE } from "../shared/language.ts";
import type { Column } from "./history.ts";

export interface Line {
  label: string;
  /** A colour of the page's styles, such as `--signal`. */
  colour: string;
  isFilled?: boolean;
}

interface ChartProps {
  title: string;
  lines: Line[];
  /** Seconds since the epoch, then one column a line. */
  data: Column[];
}

const HEIGHT_PX = 200;
const LINE_WIDTH_PX = 2;
const AXIS_PX = 48;

/** So far apart that "23:59:59" fits between two times, in pixels. */
const TIME_SPACE_PX = 80;
const MS_PER_SECOND = 1_000;

const timeFormat = new Intl.DateTimeFormat(LANGUAGE_TAGS[LANGUAGE], {
  timeStyle: "medium",
  hourCycle: "h23",
});
const timesOf = (_plot: uPlot, seconds: number[]) =>
  seconds.map((second) => timeFormat.format(second * MS_PER_SECOND));

/** Colours are read when they are drawn, so that a change to dark mode shows with the next second. */
const colourOf = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Lines over time. What they say at this moment stands beside in words, so the picture may be skipped. */
export function Chart({ title, lines, data }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const parent = box.current;
    if (!parent) return;
    const made = new uPlot(optionsOf(lines, parent.clientWidth), data as uPlot.AlignedData, parent);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: parent.clientWidth, height: HEIGHT_PX }));
    resized.observe(parent);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => plot.current?.setData(data as uPlot.AlignedData), [data]);
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        {lines.map(({ label, colour }) => (
          <span class="chart-key" data-colour={colour.slice("--".length)}>
            {label}
          </span>
        ))}
      </figcaption>
      <div class="chart-box" ref={box} aria-hidden="true" />
    </figure>
  );
}

function optionsOf(lines: Line[], width: number): uPlot.Options {
  const axis = {
    stroke: () => colourOf("--soft"),
    grid: { stroke: () => colourOf("--faint"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max) * 1.1] } },
    axes: [
      { ...axis, values: timesOf, space: TIME_SPACE_PX },
      { ...axis, size: AXIS_PX },
    ],
    series: [
      {},
      ...lines.map(({ label, colour, isFilled = false }) => ({
        label,
        stroke: () => colourOf(colour),
        width: LINE_WIDTH_PX,
        points: { show: false },
        spanGaps: true,
        ...(isFilled && { fill: () => `${colourOf(colour)}33` }),
      })),
    ],
  };
}
