/** A number in [0, 1), the next of a stream that its seed decides. */
export type Random = () => number;

/**
 * The stream `name` of a seed (mulberry32, a 32-bit generator good enough to play dice with). Each
 * shopper has a stream of its own, so that what one does never depends on how the others were scheduled.
 */
export function randomStream(seed: number, name: string): Random {
  let state = hash(`${seed}:${name}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** FNV-1a over the text's UTF-16 units: spreads neighbouring names over the whole range. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value;
}

/** A number in [from, to). */
export function between(random: Random, from: number, to: number): number {
  return from + random() * (to - from);
}

/** `length` random letters and digits. */
export function randomText(random: Random, length: number): string {
  let text = "";
  while (text.length < length)
    text += Math.floor(random() * 36 ** 6)
      .toString(36)
      .padStart(6, "0");
  return text.slice(0, length);
}
