/** JSON arrays of rows, each at most `maxChars` long unless a single row is longer: parameters for `json_each`. */
export function* packJson(rows: Iterable<unknown>, maxChars: number): Generator<string> {
  let packed: string[] = [];
  let chars = 1; // the brackets and commas come to one more than the rows
  for (const row of rows) {
    const text = JSON.stringify(row);
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
