import { fromBytes } from "../resp/bytes.ts";

/**
 * Unpacks what LZF has packed: a control byte below 32 says how many plain bytes follow, any other that some are
 * to be repeated from further back. Null when that is not what it is.
 */
export function unpackLzf(packed: string, size: number): string | null {
  const bytes = new Uint8Array(size);
  let from = 0;
  let to = 0;
  const next = (): number => packed.charCodeAt(from++);
  while (from < packed.length) {
    const control = next();
    if (control < 32) {
      if (to + control + 1 > size || from + control + 1 > packed.length) return null;
      for (let plain = 0; plain <= control; plain++) bytes[to++] = next();
      continue;
    }
    let length = control >>> 5;
    if (length === 7) length += next();
    let back = to - ((control & 31) << 8) - next() - 1;
    if (!(back >= 0) || !(to + length + 2 <= size)) return null;
    for (let repeated = 0; repeated < length + 2; repeated++) bytes[to++] = bytes[back++] as number;
  }
  return to === size ? fromBytes(bytes) : null;
}
