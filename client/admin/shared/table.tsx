/** @jsxImportSource hono/jsx/dom */
import type { Child } from "hono/jsx";

interface TableProps {
  label: string;
  columns: string[];
  /** Names of columns that are only read aloud: those of buttons, which say themselves what they do. */
  unseen?: string[];
  children?: Child;
}

/** Rows below named columns. Where they are wider than the screen they scroll by themselves, also by keyboard. */
export function Table({ label, columns, unseen = [], children }: TableProps) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={label}>
      <table class="table">
        <thead>
          <tr>
            {columns.map((name) => (
              <th scope="col">{name}</th>
            ))}
            {unseen.map((name) => (
              <th scope="col">
                <span class="sr">{name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
