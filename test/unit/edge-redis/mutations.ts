import { toBytes } from "../../../durable-objects/edge-redis/resp/bytes.ts";
import { ProtocolError, RequestParser } from "../../../durable-objects/edge-redis/resp/request-parser.ts";

/** What clients send: every kind of framing, empty and binary arguments, quotes, and lengths that lie. */
const SEEDS = [
  "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\n\r\n\x00\xff*\r\n",
  "*1\r\n$4\r\nPING\r\n",
  '*2\r\n$3\r\nGET\r\n$0\r\n\r\nPING "x"\r\n',
  'set \'a b\' "\\x41\\n\\"" plain\r\n\r\n',
  "*0\r\n*-1\r\n*1\r\n$4\r\nQUIT\r\n",
  `*2\r\n$4\r\nECHO\r\n$300\r\n${"e".repeat(300)}\r\n`,
  "*1048576\r\n$536870912\r\nabc",
];
/** Pieces that mean something to a parser. */
const TOKENS = [
  "*",
  "$",
  "\r",
  "\n",
  "\r\n",
  "-1",
  "0",
  "1",
  "9".repeat(20),
  "-",
  '"',
  "'",
  "\\x",
  "\0",
  "\xff",
  " ",
];

/** Numbers below a bound, the same for the same seed (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A stream of a few commands with some bytes changed, removed, doubled or inserted. */
export function mutatedInput(random: (below: number) => number): string {
  const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;
  let text = Array.from({ length: 1 + random(3) }, () => pick(SEEDS)).join("");
  for (let changes = random(7); changes >= 0; changes--) {
    const at = random(text.length + 1);
    const after = at + 1 + random(4);
    const put = [
      () => String.fromCharCode(random(256)) + text.slice(at + 1),
      () => text.slice(after),
      () => text.slice(at, after) + text.slice(at),
      () => pick(TOKENS) + text.slice(at),
    ];
    text = text.slice(0, at) + pick(put)();
  }
  return text;
}

/**
 * Gives a parser one input in pieces and takes what it makes of it.
 * @returns whether it was understood to its end
 * @throws whatever else than a ProtocolError the parser throws, and when it takes more commands than bytes
 */
export function parseMutated(text: string, random: (below: number) => number): boolean {
  const parser = new RequestParser();
  let commands = 0;
  try {
    for (let from = 0; from < text.length;) {
      const size = 1 + random(text.length);
      parser.push(toBytes(text.slice(from, from + size)));
      while (parser.next() !== null)
        if (++commands > text.length) throw new Error("more commands than bytes");
      from += size;
    }
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}
