import { RedisError, syntaxError } from "../engine/errors.ts";
import type { Scored } from "../engine/sorted-list.ts";
import { parseAsC, toInteger } from "../engine/numbers.ts";
import type { SortedSetValue } from "../engine/values.ts";
import type { Call } from "../engine/command.ts";
import { rangeIn } from "./lists.ts";

/** Positions in the order of a sorted set, the second one not included. */
export type Span = [from: number, to: number];

/** What a range goes by. */
export type RangeKind = "rank" | "score" | "lex";

export interface Limit {
  offset: number;
  /** Negative: all. */
  count: number;
}

export interface RangeRequest {
  kind: RangeKind;
  reverse: boolean;
  /** As the client wrote them; with `reverse`, the higher one first where they are scores or texts. */
  start: string;
  end: string;
  limit: Limit | null;
}

const notAScore = () => new RedisError("ERR min or max is not a float");
const notARange = () => new RedisError("ERR min or max not valid string range item");

interface Bound<T> {
  value: T;
  isOpen: boolean;
}

function toScoreBound(text: string): Bound<number> {
  const isOpen = text.startsWith("(");
  const value = parseAsC(isOpen ? text.slice(1) : text);
  if (value === null) throw notAScore();
  return { value, isOpen };
}

/** `-` and `+` are below and above every text. */
function toLexBound(text: string): Bound<string> | "-" | "+" {
  if (text === "-" || text === "+") return text;
  const [mark] = text;
  if (mark !== "[" && mark !== "(") throw notARange();
  return { value: text.slice(1), isOpen: mark === "(" };
}

/** Whether an entry is before a range that begins here. */
export function isBelowScore(text: string): (entry: Scored) => boolean {
  const { value, isOpen } = toScoreBound(text);
  return isOpen ? ({ score }) => score <= value : ({ score }) => score < value;
}

function isUpToScore(text: string): (entry: Scored) => boolean {
  const { value, isOpen } = toScoreBound(text);
  return isOpen ? ({ score }) => score < value : ({ score }) => score <= value;
}

function isBelowLex(text: string): (entry: Scored) => boolean {
  const bound = toLexBound(text);
  if (bound === "-" || bound === "+") return () => bound === "+";
  return bound.isOpen ? ({ member }) => member <= bound.value : ({ member }) => member < bound.value;
}

function isUpToLex(text: string): (entry: Scored) => boolean {
  const bound = toLexBound(text);
  if (bound === "-" || bound === "+") return () => bound === "+";
  return bound.isOpen ? ({ member }) => member < bound.value : ({ member }) => member <= bound.value;
}

/** Finds the set; asked only after the bounds are read, as Redis does, whose complaints come in that order. */
export type FindSorted = () => SortedSetValue | undefined;

/** The span of scores or texts between two bounds. @throws RedisError */
export function spanBetween(find: FindSorted, kind: "score" | "lex", min: string, max: string): Span {
  const isBelow = kind === "score" ? isBelowScore(min) : isBelowLex(min);
  const isUpTo = kind === "score" ? isUpToScore(max) : isUpToLex(max);
  const sorted = find();
  if (!sorted) return [0, 0];
  const from = sorted.order.countWhile(isBelow);
  return [from, Math.max(from, sorted.order.countWhile(isUpTo))];
}

/** The entries of a range in its order. @throws RedisError for bounds that are none */
export function entriesIn(find: FindSorted, request: RangeRequest): Scored[] {
  const { kind, reverse, start, end, limit } = request;
  if (kind === "rank") {
    const bounds = [toInteger(start), toInteger(end)] as const;
    const sorted = find();
    const size = sorted?.scores.size ?? 0;
    const [from, to] = rangeIn(size, ...bounds);
    const span: Span = reverse ? [size - to, size - from] : [from, to];
    return inOrder(sorted?.order.slice(...span) ?? [], reverse);
  }
  let [from, to] = spanBetween(find, kind, ...(reverse ? ([end, start] as const) : ([start, end] as const)));
  if (limit) {
    if (limit.offset < 0) return [];
    const most = limit.count < 0 ? to - from : limit.count;
    if (reverse) {
      to -= limit.offset;
      from = Math.max(from, to - most);
    } else {
      from += limit.offset;
      to = Math.min(to, from + most);
    }
  }
  return from < to ? inOrder(find()?.order.slice(from, to) ?? [], reverse) : [];
}

const inOrder = (entries: Scored[], reverse: boolean): Scored[] => (reverse ? entries.reverse() : entries);

/** Options of ZRANGE and its older relatives. */
export interface RangeOptions {
  kind: RangeKind | null;
  reverse: boolean;
  limit: Limit | null;
  withScores: boolean;
}

/** Reads `BYSCORE BYLEX REV LIMIT WITHSCORES` from an index on. @throws RedisError */
export function readRangeOptions(call: Call, from: number): RangeOptions {
  const options: RangeOptions = { kind: null, reverse: false, limit: null, withScores: false };
  for (let at = from; at < call.args.length; at++) {
    switch (call.option(at)) {
      case "WITHSCORES":
        options.withScores = true;
        break;
      case "REV":
        options.reverse = true;
        break;
      case "BYSCORE":
        options.kind = "score";
        break;
      case "BYLEX":
        options.kind = "lex";
        break;
      case "LIMIT":
        if (at + 2 >= call.args.length) throw syntaxError();
        options.limit = { offset: toInteger(call.arg(at + 1)), count: toInteger(call.arg(at + 2)) };
        at += 2;
        break;
      default:
        throw syntaxError();
    }
  }
  return options;
}

/** Members, with their scores where asked for. */
export function answerEntries({ reply }: Call, entries: readonly Scored[], withScores: boolean): void {
  const inPairs = withScores && reply.version === 3;
  reply.array(withScores && !inPairs ? entries.length * 2 : entries.length);
  for (const { member, score } of entries) {
    if (inPairs) reply.array(2);
    reply.bulk(member);
    if (withScores) reply.double(score);
  }
}
