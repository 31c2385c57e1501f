/** @jsxImportSource hono/jsx */
import { BAR_STEP, BARS, DRAWING_HEIGHT, DRAWING_WIDTH, litWidth } from "../meter.ts";

/* The sign of the house: bars that rise to a peak. Lengths in units of the drawing. */
const BAR_WIDTH = 6;
const BAR_MIN_HEIGHT = 9;
/** Where the peak stands, as a part of the width, and how steeply it falls off on either side. */
const PEAK = 0.62;
const FALL_LEFT = 9;
const FALL_RIGHT = 5;
const SHAPE_ID = "spike-shape";

function shapePath(): string {
  let path = "";
  for (let bar = 0; bar < BARS; bar++) {
    const distance = bar - PEAK * BARS;
    const rise = Math.exp(-Math.abs(distance) / (distance < 0 ? FALL_LEFT : FALL_RIGHT));
    // Every other bar a little shorter, so that it reads as bars and not as a hill.
    const height = Math.round(
      BAR_MIN_HEIGHT + (DRAWING_HEIGHT - BAR_MIN_HEIGHT) * rise * (bar % 2 ? 0.82 : 1),
    );
    path += `M${bar * BAR_STEP} ${DRAWING_HEIGHT}v-${height}h${BAR_WIDTH}v${height}z`;
  }
  return path;
}

/** Defines the shape once; the meters of a page refer to it. */
export function SpikeShape() {
  return (
    <svg class="defs" width="0" height="0" aria-hidden="true">
      <defs>
        <path id={SHAPE_ID} d={shapePath()} />
      </defs>
    </svg>
  );
}

export function Brand() {
  return (
    <svg class="mark" viewBox="0 0 40 40" width="28" height="28" aria-hidden="true">
      <path d="M2 40v-9h5v9zM9.5 40V25h5v15zM17 40V15h5v25zM24.5 40V0h5v40zM32 40V20h5v20z" />
    </svg>
  );
}

/** Stock as a picture: as many of the bars glow as there is stock. The words beside it say the same. */
export function StockMeter({ remaining, total }: { remaining: number; total: number }) {
  return (
    <svg
      class="meter"
      viewBox={`0 0 ${DRAWING_WIDTH} ${DRAWING_HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <use href={`#${SHAPE_ID}`} class="meter-gone" />
      <svg class="meter-window" width={litWidth(remaining, total)} height={DRAWING_HEIGHT}>
        <use href={`#${SHAPE_ID}`} class="meter-left" />
      </svg>
    </svg>
  );
}
