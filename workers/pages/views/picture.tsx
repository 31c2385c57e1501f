/** @jsxImportSource hono/jsx */
import { hash32 } from "../../shared/hash-ring.ts";

const SIZE = 400;
const CENTRE = SIZE / 2;
const HUES = [8, 28, 152, 196, 224, 268, 332];
const POINTS_MIN = 9;
const POINTS_SPREAD = 14;

/**
 * The sale's picture, or one drawn from its id, the same every time. The drawing lies under the picture as
 * well: the script takes a picture away that does not come.
 */
export function Picture({
  id,
  title,
  imageUrl,
}: {
  id: string;
  title: string;
  imageUrl?: string | undefined;
}) {
  return (
    <>
      <Drawing id={id} />
      {imageUrl !== undefined && (
        <img src={imageUrl} alt={title} width={SIZE} height={SIZE} decoding="async" />
      )}
    </>
  );
}

/** A burst before a disc: three choices, each a digit of the id's hash. */
function Drawing({ id }: { id: string }) {
  const hash = hash32(id);
  const hue = HUES[hash % HUES.length] ?? 0;
  const points = POINTS_MIN + ((hash >>> 4) % POINTS_SPREAD);
  const turn = ((hash >>> 9) % 90) - 45;
  const disc = 0.55 + ((hash >>> 13) % 30) / 100;
  const shift = ((hash >>> 17) % 80) - 40;
  return (
    <svg
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      aria-hidden="true"
      focusable="false"
      preserveAspectRatio="xMidYMid slice"
    >
      <rect width={SIZE} height={SIZE} fill={`hsl(${hue} 46% 18%)`} />
      <circle cx={CENTRE + shift} cy={CENTRE - shift} r={CENTRE * disc} fill={`hsl(${hue} 62% 32%)`} />
      <path d={burst(points, 188, 96, turn)} fill={`hsl(${hue} 82% 60%)`} />
      <path d={burst(points, 120, 52, turn + 180 / points)} fill={`hsl(${(hue + 32) % 360} 88% 74%)`} />
      <circle cx={CENTRE} cy={CENTRE} r="34" fill={`hsl(${hue} 46% 18%)`} />
    </svg>
  );
}

/** A star of so many points between two radii, turned by so many degrees. */
function burst(points: number, outer: number, inner: number, turn: number): string {
  const corners = Array.from({ length: points * 2 }, (_, corner) => {
    const radius = corner % 2 === 0 ? outer : inner;
    const angle = (Math.PI * corner) / points + (turn * Math.PI) / 180;
    return `${Math.round(CENTRE + radius * Math.cos(angle))} ${Math.round(CENTRE + radius * Math.sin(angle))}`;
  });
  return `M${corners.join("L")}z`;
}
