import { parseAsC } from "../engine/numbers.ts";
import type { Lua } from "./lua.ts";
import { LuaError } from "./lua-errors.ts";
import { JSON_DEPTH_MAX } from "./cjson-encode.ts";

/** What C takes for a number, which is more than JSON does. */
const NUMBER = /[+-]?(?:0x[0-9a-f]+|\d+(?:\.\d*)?(?:e[+-]?\d+)?|inf(?:inity)?|nan)/iy;
const SPACE = /[ \t\r\n]*/y;
const PLAIN = /[^"\\]*/y;
const UNICODE = /u([0-9a-fA-F]{4})/y;
const ESCAPES: Record<string, string> = {
  ...{ '"': '"', "\\": "\\", "/": "/" },
  ...{ b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" },
};
/** What lua-cjson calls the tokens that it did not expect. */
const TOKENS: Record<string, string> = {
  ...{ "{": "T_OBJ_BEGIN", "}": "T_OBJ_END", "[": "T_ARR_BEGIN", "]": "T_ARR_END" },
  ...{ '"': "T_STRING", ":": "T_COLON", ",": "T_COMMA", t: "T_BOOLEAN", f: "T_BOOLEAN", n: "T_NULL" },
};
const WORDS = ["true", "false", "null"];

/** Pushes what a JSON text says; null is a pointer to nothing. @throws LuaError worded as lua-cjson's. */
export function decodeJson(lua: Lua, text: string): void {
  new JsonReader(lua, text).readAll();
}

class JsonReader {
  readonly #lua: Lua;
  readonly #text: string;
  #at = 0;

  constructor(lua: Lua, text: string) {
    this.#lua = lua;
    this.#text = text;
  }

  readAll(): void {
    this.#readValue(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected("the end");
  }

  #readValue(depth: number): void {
    this.#skipSpace();
    const char = this.#text[this.#at] ?? "";
    if (char === "{") return this.#readObject(depth + 1);
    if (char === "[") return this.#readList(depth + 1);
    if (char === '"') return this.#lua.pushText(this.#readText());
    if (this.#takes("true")) return this.#lua.pushBoolean(true);
    if (this.#takes("false")) return this.#lua.pushBoolean(false);
    if (this.#takes("null")) return this.#lua.pushNull();
    const number = this.#match(NUMBER);
    if (!number) throw this.#unexpected("value");
    this.#lua.pushNumber(parseAsC(number[0]) ?? Number.NaN);
  }

  #readObject(depth: number): void {
    this.#enter(depth);
    this.#at++;
    this.#lua.pushTable();
    if (this.#takesNext("}")) return;
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') throw this.#unexpected("object key string");
      this.#lua.pushText(this.#readText());
      if (!this.#takesNext(":")) throw this.#unexpected("colon");
      this.#readValue(depth);
      this.#lua.setPair();
      if (this.#takesNext("}")) return;
      if (!this.#takesNext(",")) throw this.#unexpected("comma or object end");
    }
  }

  #readList(depth: number): void {
    this.#enter(depth);
    this.#at++;
    this.#lua.pushTable();
    if (this.#takesNext("]")) return;
    for (let length = 1; ; length++) {
      this.#readValue(depth);
      this.#lua.setItem(length);
      if (this.#takesNext("]")) return;
      if (!this.#takesNext(",")) throw this.#unexpected("comma or array end");
    }
  }

  #enter(depth: number): void {
    this.#lua.ensureSlots();
    if (depth <= JSON_DEPTH_MAX) return;
    throw new LuaError(`Found too many nested data structures (${depth}) at character ${this.#at + 1}`);
  }

  #readText(): string {
    let text = "";
    this.#at++;
    for (;;) {
      text += this.#match(PLAIN)?.[0] ?? "";
      const char = this.#text[this.#at];
      if (char === undefined) throw this.#expected("value", "unexpected end of string");
      if (char === '"') {
        this.#at++;
        return text;
      }
      text += this.#readEscape();
    }
  }

  #readEscape(): string {
    const start = this.#at++;
    const simple = ESCAPES[this.#text[this.#at] ?? ""];
    if (simple !== undefined) {
      this.#at++;
      return simple;
    }
    const unit = this.#match(UNICODE);
    if (!unit) {
      this.#at = start;
      const isUnicode = this.#text[start + 1] === "u";
      throw this.#expected("value", isUnicode ? "invalid unicode escape code" : "invalid escape code");
    }
    return this.#asUtf8(Number.parseInt(unit[1] as string, 16), start);
  }

  /** A code point's bytes; a surrogate has to come in a pair. */
  #asUtf8(unit: number, start: number): string {
    let codePoint = unit;
    if (unit >= 0xd800 && unit <= 0xdfff) {
      const low = this.#text[this.#at] === "\\" ? this.#lowSurrogate() : null;
      if (unit >= 0xdc00 || low === null) {
        this.#at = start;
        throw this.#expected("value", "invalid unicode escape code");
      }
      codePoint = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    const bytes = new TextEncoder().encode(String.fromCodePoint(codePoint));
    return String.fromCharCode(...bytes);
  }

  #lowSurrogate(): number | null {
    this.#at++;
    const unit = Number.parseInt(this.#match(UNICODE)?.[1] ?? "", 16);
    return unit >= 0xdc00 && unit <= 0xdfff ? unit : null;
  }

  #skipSpace(): void {
    this.#match(SPACE);
  }

  #takes(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #takesNext(char: string): boolean {
    this.#skipSpace();
    return this.#takes(char);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at += found[0].length;
    return found;
  }

  #unexpected(wanted: string): LuaError {
    return this.#expected(wanted, this.#tokenHere());
  }

  #tokenHere(): string {
    const char = this.#text[this.#at];
    if (char === undefined) return "T_END";
    if (/[-0-9]/.test(char)) return "T_NUMBER";
    const isWord = /[a-z]/.test(char);
    const isKnown = !isWord || WORDS.some((word) => this.#text.startsWith(word, this.#at));
    return (isKnown && TOKENS[char]) || "invalid token";
  }

  #expected(wanted: string, found: string): LuaError {
    return new LuaError(`Expected ${wanted} but found ${found} at character ${this.#at + 1}`);
  }
}
