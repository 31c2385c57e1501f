import { Deque } from "./deque.ts";
import { Dictionary } from "./dictionary.ts";
import { wrongType } from "./errors.ts";
import { isInteger } from "./numbers.ts";
import { SortedList } from "./sorted-list.ts";

export interface StringValue {
  type: "string";
  bytes: string;
  /** As Redis would keep it: the shortest way, as a text even if it is a number, or apart from its object. */
  form: "shortest" | "text" | "raw";
}

export interface ListValue {
  type: "list";
  items: Deque;
}

/** `isCompact`: as Redis would still keep it packed; once it is not, it stays so. */
export interface HashValue {
  type: "hash";
  fields: Dictionary<string>;
  isCompact: boolean;
}

export interface SetValue {
  type: "set";
  members: Dictionary<true>;
  /** All members are integers, and few. */
  isCompact: boolean;
}

export interface SortedSetValue {
  type: "zset";
  scores: Dictionary<number>;
  order: SortedList;
  isCompact: boolean;
}

export type Value = StringValue | ListValue | HashValue | SetValue | SortedSetValue;
export type ValueType = Value["type"];

/** When a value counts as compact; `CONFIG SET` changes them. Sizes are entries and bytes. */
export const THRESHOLDS = {
  "hash-max-listpack-entries": 512,
  "hash-max-listpack-value": 64,
  "set-max-intset-entries": 512,
  "zset-max-listpack-entries": 128,
  "zset-max-listpack-value": 64,
};

/** Texts up to this long are kept with their object, in bytes. */
const EMBEDDED_MAX_BYTES = 44;
/** An integer has at most this many characters. */
const INTEGER_MAX_CHARS = 20;

export const newString = (bytes: string): StringValue => ({ type: "string", bytes, form: "shortest" });
export const newList = (items: string[] = []): ListValue => ({ type: "list", items: Deque.of(items) });
export const newHash = (): HashValue => ({ type: "hash", fields: new Dictionary(), isCompact: true });
export const newSet = (): SetValue => ({ type: "set", members: new Dictionary(), isCompact: true });

export const newSortedSet = (): SortedSetValue => ({
  type: "zset",
  scores: new Dictionary(),
  order: new SortedList(),
  isCompact: true,
});

export function asType<T extends ValueType>(
  value: Value | undefined,
  type: T,
): Extract<Value, { type: T }> | undefined {
  if (value !== undefined && value.type !== type) throw wrongType();
  return value as Extract<Value, { type: T }> | undefined;
}

/** Whether the field is new. */
export function setField(hash: HashValue, field: string, bytes: string): boolean {
  const isNew = hash.fields.set(field, bytes);
  if (hash.isCompact) {
    const longest = Math.max(field.length, bytes.length);
    hash.isCompact =
      longest <= THRESHOLDS["hash-max-listpack-value"] &&
      hash.fields.size <= THRESHOLDS["hash-max-listpack-entries"];
  }
  return isNew;
}

/** Whether the member is new. */
export function addMember(set: SetValue, member: string): boolean {
  const isNew = set.members.set(member, true);
  if (isNew && set.isCompact) {
    set.isCompact = isInteger(member) && set.members.size <= THRESHOLDS["set-max-intset-entries"];
  }
  return isNew;
}

/** Whether the member is new; sets its score in any case. */
export function setScore(sorted: SortedSetValue, member: string, given: number): boolean {
  const before = sorted.scores.get(member);
  if (before === given) return false;
  // What is packed has integers where it can, and among these is no negative zero.
  const score = sorted.isCompact && given === 0 ? 0 : given;
  if (before !== undefined) sorted.order.remove({ member, score: before });
  sorted.scores.set(member, score);
  sorted.order.insert({ member, score });
  if (sorted.isCompact) {
    sorted.isCompact =
      member.length <= THRESHOLDS["zset-max-listpack-value"] &&
      sorted.scores.size <= THRESHOLDS["zset-max-listpack-entries"];
  }
  return before === undefined;
}

export function removeScored(sorted: SortedSetValue, member: string): boolean {
  const score = sorted.scores.get(member);
  if (score === undefined) return false;
  sorted.scores.delete(member);
  sorted.order.remove({ member, score });
  return true;
}

export function sizeOf(value: Value): number {
  switch (value.type) {
    case "string":
      return value.bytes.length;
    case "list":
      return value.items.length;
    case "hash":
      return value.fields.size;
    case "set":
      return value.members.size;
    case "zset":
      return value.scores.size;
  }
}

/** How Redis would say that it keeps the value. */
export function encodingOf(value: Value): string {
  switch (value.type) {
    case "string":
      if (value.form === "shortest" && value.bytes.length <= INTEGER_MAX_CHARS && isInteger(value.bytes)) {
        return "int";
      }
      return value.form !== "raw" && value.bytes.length <= EMBEDDED_MAX_BYTES ? "embstr" : "raw";
    case "list":
      return "quicklist";
    case "hash":
      return value.isCompact ? "listpack" : "hashtable";
    case "set":
      return value.isCompact ? "intset" : "hashtable";
    case "zset":
      return value.isCompact ? "listpack" : "skiplist";
  }
}

/** A copy that shares nothing. */
export function copyOf(value: Value): Value {
  switch (value.type) {
    case "string":
      return { ...value };
    case "list":
      return newList(value.items.toArray());
    case "hash": {
      const hash = { ...newHash(), isCompact: value.isCompact };
      for (const [field, bytes] of value.fields.entries()) hash.fields.set(field, bytes);
      return hash;
    }
    case "set": {
      const set = { ...newSet(), isCompact: value.isCompact };
      for (const member of value.members.keys()) set.members.set(member, true);
      return set;
    }
    case "zset": {
      const sorted = { ...newSortedSet(), isCompact: value.isCompact };
      for (const { member, score } of value.order) {
        sorted.scores.set(member, score);
        sorted.order.insert({ member, score });
      }
      return sorted;
    }
  }
}
