import { type Call, type Command, ONE_KEY } from "../engine/command.ts";
import { RedisError, syntaxError, wrongType } from "../engine/errors.ts";
import { parseAsC, toInteger } from "../engine/numbers.ts";
import { newList } from "../engine/values.ts";

interface SortOptions {
  by: string | null;
  get: string[];
  limit: { offset: number; count: number } | null;
  descending: boolean;
  byText: boolean;
  storeAt: string | null;
}

function readOptions(call: Call, mayStore: boolean): SortOptions {
  const options: SortOptions = {
    by: null,
    get: [],
    limit: null,
    descending: false,
    byText: false,
    storeAt: null,
  };
  for (let at = 2; at < call.args.length; at++) {
    switch (call.option(at)) {
      case "ASC":
        options.descending = false;
        break;
      case "DESC":
        options.descending = true;
        break;
      case "ALPHA":
        options.byText = true;
        break;
      case "LIMIT":
        options.limit = { offset: toInteger(call.arg(at + 1)), count: toInteger(call.arg(at + 2)) };
        at += 2;
        break;
      case "BY":
        options.by = call.arg(++at);
        break;
      case "GET":
        options.get.push(call.arg(++at));
        break;
      case "STORE":
        if (!mayStore) throw syntaxError();
        options.storeAt = call.arg(++at);
        break;
      default:
        throw syntaxError();
    }
  }
  return options;
}

function elementsOf(call: Call): string[] {
  const value = call.database.get(call.arg(1));
  switch (value?.type) {
    case undefined:
      return [];
    case "list":
      return value.items.toArray();
    case "set":
      return [...value.members.keys()];
    case "zset":
      // Redis unpacks what it sorts, for good.
      value.isCompact = false;
      return [...value.order].map(({ member }) => member);
    default:
      throw wrongType();
  }
}

/** What a pattern such as `weight_*` or `object_*->field` leads to for an element; `#` is the element. */
function lookUp(call: Call, pattern: string, element: string): string | null {
  if (pattern === "#") return element;
  const star = pattern.indexOf("*");
  if (star < 0) return null;
  const arrow = pattern.indexOf("->", star + 1);
  const isField = arrow >= 0 && arrow + 2 < pattern.length;
  const keyPattern = isField ? pattern.slice(0, arrow) : pattern;
  const value = call.database.get(keyPattern.slice(0, star) + element + keyPattern.slice(star + 1));
  if (isField) return value?.type === "hash" ? (value.fields.get(pattern.slice(arrow + 2)) ?? null) : null;
  return value?.type === "string" ? value.bytes : null;
}

function inOrder(call: Call, elements: string[], { by, byText, descending }: SortOptions): string[] {
  // A pattern without a star sorts by nothing.
  if (by !== null && !by.includes("*")) return elements;
  const weighed = elements.map((element) => {
    const text = by === null ? element : lookUp(call, by, element);
    return { element, text: text ?? "", weight: byText ? 0 : toWeight(text) };
  });
  const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  weighed.sort((a, b) => {
    const byWeight = byText ? compareText(a.text, b.text) : a.weight - b.weight;
    return (byWeight || compareText(a.element, b.element)) * (descending ? -1 : 1);
  });
  return weighed.map(({ element }) => element);
}

function toWeight(text: string | null): number {
  const weight = parseAsC(text ?? "");
  if (weight === null) throw new RedisError("ERR One or more scores can't be converted into double");
  return weight;
}

const sort =
  (mayStore: boolean) =>
  (call: Call): void => {
    const { database, reply } = call;
    const options = readOptions(call, mayStore);
    let elements = inOrder(call, elementsOf(call), options);
    if (options.limit) {
      const from = Math.max(0, options.limit.offset);
      elements = elements.slice(from, options.limit.count < 0 ? undefined : from + options.limit.count);
    }
    const patterns = options.get.length > 0 ? options.get : ["#"];
    const results = elements.flatMap((element) => patterns.map((pattern) => lookUp(call, pattern, element)));
    if (options.storeAt === null) {
      reply.array(results.length);
      for (const result of results) reply.bulkOrNull(result);
      return;
    }
    const stored = results.map((result) => result ?? "");
    if (stored.length === 0) database.delete(options.storeAt);
    else database.set(options.storeAt, newList(stored));
    call.logAs(
      ["DEL", options.storeAt],
      ...(stored.length > 0 ? [["RPUSH", options.storeAt, ...stored]] : []),
    );
    reply.integer(stored.length);
  };

/** How many arguments follow an option. */
const ARGUMENTS_OF: Record<string, number> = { BY: 1, GET: 1, LIMIT: 2, STORE: 1 };

/** The key behind STORE; the last one counts. */
function storedKeys(args: readonly string[]): string[] {
  let key: string | undefined;
  for (let at = 2; at < args.length; at++) {
    const option = (args[at] as string).toUpperCase();
    if (option === "STORE") key = args[at + 1];
    at += ARGUMENTS_OF[option] ?? 0;
  }
  return key === undefined ? [] : [key];
}

export const SORT_COMMANDS: Command[] = [
  {
    name: "sort",
    arity: -2,
    flags: ["write", "denyoom", "movablekeys"],
    keys: { ...ONE_KEY, others: storedKeys },
    group: "generic",
    run: sort(true),
  },
  {
    name: "sort_ro",
    arity: -2,
    flags: ["readonly", "movablekeys"],
    keys: ONE_KEY,
    group: "generic",
    run: sort(false),
  },
];
