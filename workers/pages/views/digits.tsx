/** @jsxImportSource hono/jsx */
import type { Countdown } from "../format.ts";
import type { PageContext } from "./layout.tsx";

/** A countdown's digits; the script keeps them going. */
export function Digits({ page, left }: { page: PageContext; left: Countdown }) {
  const { sale } = page.words;
  const units = [
    { name: "days", value: String(left.days), label: sale.days, hidden: !left.showsDays },
    { name: "hours", value: left.hours, label: sale.hours, hidden: !left.showsHours },
    { name: "minutes", value: left.minutes, label: sale.minutes, hidden: false },
    { name: "seconds", value: left.seconds, label: sale.seconds, hidden: false },
  ];
  return (
    <div class="digits" role="timer" aria-live="off">
      {units.map((unit) => (
        <span class="unit" data-unit={unit.name} hidden={unit.hidden}>
          <b>{unit.value}</b> <i>{unit.label}</i>
        </span>
      ))}
    </div>
  );
}
