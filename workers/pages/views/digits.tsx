/** @jsxImportSource hono/jsx */
import type { Countdown } from "../format.ts";
import type { PageContext } from "./layout.tsx";

/** A countdown's digits; the script keeps them going. */
export function Digits({ page, left }: { page: PageContext; left: Countdown }) {
  const { sale } = page.words;
  const units = [
    { name: "days", value: String(left.days), label: sale.days },
    { name: "hours", value: left.hours, label: sale.hours },
    { name: "minutes", value: left.minutes, label: sale.minutes },
    { name: "seconds", value: left.seconds, label: sale.seconds },
  ];
  return (
    <div class="digits" role="timer" aria-live="off">
      {units.map((unit) => (
        <span class="unit" data-unit={unit.name} hidden={unit.name === "days" && left.days === 0}>
          <b>{unit.value}</b> <i>{unit.label}</i>
        </span>
      ))}
    </div>
  );
}
