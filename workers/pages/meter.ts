/** Stock as a picture: so many bars, of which as many glow as there is stock. */
export const BARS = 40;
/** The drawing's size in its own units. */
export const DRAWING_WIDTH = 400;
export const DRAWING_HEIGHT = 100;
export const BAR_STEP = DRAWING_WIDTH / BARS;

/** How far the lit part reaches, in units of the drawing. A last unit never looks like none. */
export function litWidth(remaining: number, total: number): number {
  if (remaining <= 0 || total <= 0) return 0;
  const bars = Math.max(1, Math.round((Math.min(remaining, total) / total) * BARS));
  return bars * BAR_STEP;
}
