import type { Call } from "../engine/command.ts";
import { RedisError, syntaxError } from "../engine/errors.ts";
import { toInteger } from "../engine/numbers.ts";

/** Cells of the table that compares two strings, 4 bytes each: a quarter of a Worker's memory. */
const CELLS_MAX = 8 * 1024 * 1024;

interface Options {
  onlyLength: boolean;
  withPositions: boolean;
  withLengths: boolean;
  minLength: number;
}

/** A common run: where it begins and ends in both strings. */
interface Run {
  a: [number, number];
  b: [number, number];
  length: number;
}

/** LCS: the longest common subsequence, its length, or the runs that it is made of, from the end. */
export function lcs(call: Call, a: string, b: string): void {
  const options = readOptions(call);
  if ((a.length + 1) * (b.length + 1) > CELLS_MAX) {
    throw new RedisError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  }
  const lengths = lengthsOf(a, b);
  const total = lengths[a.length * (b.length + 1) + b.length] as number;
  if (options.onlyLength) return call.reply.integer(total);
  const { text, runs } = trace(a, b, lengths);
  if (!options.withPositions) return call.reply.bulk(text);
  answerRuns(
    call,
    runs.filter((run) => run.length >= options.minLength),
    total,
    options,
  );
}

function readOptions(call: Call): Options {
  const options = { onlyLength: false, withPositions: false, withLengths: false, minLength: 0 };
  for (let at = 3; at < call.args.length; at++) {
    const option = call.option(at);
    if (option === "LEN") options.onlyLength = true;
    else if (option === "IDX") options.withPositions = true;
    else if (option === "WITHMATCHLEN") options.withLengths = true;
    else if (option === "MINMATCHLEN" && at + 1 < call.args.length) {
      options.minLength = Math.max(0, toInteger(call.arg(++at)));
    } else throw syntaxError();
  }
  if (options.onlyLength && options.withPositions) {
    throw new RedisError("ERR If you want both the length and indexes, please just use IDX.");
  }
  return options;
}

/** For each pair of prefixes, the length of what they have in common, row by row. */
function lengthsOf(a: string, b: string): Uint32Array {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const at = i * width + j;
      lengths[at] =
        a[i - 1] === b[j - 1]
          ? (lengths[at - width - 1] as number) + 1
          : Math.max(lengths[at - width] as number, lengths[at - 1] as number);
    }
  }
  return lengths;
}

function trace(a: string, b: string, lengths: Uint32Array): { text: string; runs: Run[] } {
  const width = b.length + 1;
  const chars: string[] = [];
  const runs: Run[] = [];
  let open: Run | null = null;
  for (let i = a.length, j = b.length; i > 0 && j > 0;) {
    if (a[i - 1] === b[j - 1]) {
      chars.push(a[i - 1] as string);
      if (open && open.a[0] === i && open.b[0] === j) {
        open = { a: [i - 1, open.a[1]], b: [j - 1, open.b[1]], length: open.length + 1 };
      } else {
        if (open) runs.push(open);
        open = { a: [i - 1, i - 1], b: [j - 1, j - 1], length: 1 };
      }
      i--;
      j--;
    } else if ((lengths[(i - 1) * width + j] as number) > (lengths[i * width + j - 1] as number)) i--;
    else j--;
  }
  if (open) runs.push(open);
  return { text: chars.reverse().join(""), runs };
}

function answerRuns({ reply }: Call, runs: Run[], total: number, { withLengths }: Options): void {
  reply.map(2);
  reply.bulk("matches");
  reply.array(runs.length);
  for (const { a, b, length } of runs) {
    reply.array(withLengths ? 3 : 2);
    for (const [from, to] of [a, b]) {
      reply.array(2);
      reply.integer(from);
      reply.integer(to);
    }
    if (withLengths) reply.integer(length);
  }
  reply.bulk("len");
  reply.integer(total);
}
