/** Rows that are written at once: one by one costs three times as much. */
const ROWS_AT_ONCE = 50;

/** JSON arrays of rows, each at most `maxChars` long unless a single row is longer: parameters for `json_each`. */
export function* packJson(rows: readonly unknown[], maxChars: number): Generator<string> {
  let packed: string[] = [];
  let chars = 1; // the brackets and commas come to one more than the texts
  for (const text of textsOf(rows, maxChars)) {
    if (packed.length > 0 && chars + text.length + 1 > maxChars) {
      yield `[${packed.join(",")}]`;
      packed = [];
      chars = 1;
    }
    packed.push(text);
    chars += text.length + 1;
  }
  if (packed.length > 0) yield `[${packed.join(",")}]`;
}

/** Some rows as JSON without the brackets around them, or a single one where some would be too many. */
function* textsOf(rows: readonly unknown[], maxChars: number): Generator<string> {
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const some = rows.slice(start, start + ROWS_AT_ONCE);
    const text = JSON.stringify(some);
    if (text.length <= maxChars) yield text.slice(1, -1);
    else for (const row of some) yield JSON.stringify(row);
  }
}
