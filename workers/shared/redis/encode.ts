/** What stands in a command: text as UTF-8, a number as Redis writes it, or bytes as they are. */
export type Argument = string | number | Uint8Array;

const encoder = new TextEncoder();
const CRLF = encoder.encode("\r\n");

/** Commands, each with its name first, as a node reads them: arrays of bulk strings. */
export function encodeCommands(commands: readonly (readonly Argument[])[]): Uint8Array {
  const pieces = commands.flatMap((args) => [encoder.encode(`*${args.length}\r\n`), ...args.flatMap(encode)]);
  return joined(pieces);
}

/** One piece after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

function encode(argument: Argument): Uint8Array[] {
  const bytes = argument instanceof Uint8Array ? argument : encoder.encode(toText(argument));
  return [encoder.encode(`$${bytes.length}\r\n`), bytes, CRLF];
}

/** Redis spells infinity its own way, for scores of sorted sets. */
function toText(argument: string | number): string {
  if (argument === Infinity) return "+inf";
  return argument === -Infinity ? "-inf" : String(argument);
}
