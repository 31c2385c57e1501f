import type { Lua } from "./lua.ts";

const CRLF = "\r\n";

/**
 * Pushes one reply as Redis gives it to scripts: https://redis.io/docs/latest/develop/programmability/lua-api/
 * In RESP2 an integer is a number, a bulk string a string, a missing one false, a status `{ok=…}`, an error
 * `{err=…}`; RESP3 adds nil, booleans, and `{double=…}`, `{map=…}`, `{set=…}` and `{verbatim_string=…}`.
 */
export function pushReply(lua: Lua, reply: string): void {
  new ReplyReader(lua, reply).push();
}

class ReplyReader {
  readonly #lua: Lua;
  readonly #text: string;
  #at = 0;

  constructor(lua: Lua, text: string) {
    this.#lua = lua;
    this.#text = text;
  }

  push(): void {
    const lua = this.#lua;
    const line = this.#line();
    const rest = line.slice(1);
    lua.ensureSlots();
    switch (line[0]) {
      case "+":
        return this.#pushTagged("ok", () => lua.pushText(rest));
      case "-":
        return this.#pushTagged("err", () => lua.pushText(rest));
      case ":":
        return lua.pushNumber(Number(rest));
      case "$":
        return rest === "-1" ? lua.pushBoolean(false) : lua.pushText(this.#bytes(Number(rest)));
      case "*":
        return rest === "-1" ? lua.pushBoolean(false) : this.#pushList(Number(rest));
      case "_":
        return lua.pushNil();
      case "#":
        return lua.pushBoolean(rest === "t");
      case ",":
        return this.#pushTagged("double", () => lua.pushNumber(toNumber(rest)));
      case "%":
        return this.#pushTagged("map", () => this.#pushPairs(Number(rest), () => this.push()));
      case "~":
        return this.#pushTagged("set", () => this.#pushPairs(Number(rest), () => lua.pushBoolean(true)));
      case "=":
        return this.#pushTagged("verbatim_string", () => this.#pushVerbatim(this.#bytes(Number(rest))));
      default:
        throw new Error(`a reply that begins with ${JSON.stringify(line[0])}`);
    }
  }

  #pushTagged(tag: string, pushValue: () => void): void {
    this.#lua.pushTable();
    pushValue();
    this.#lua.setField(tag);
  }

  #pushList(length: number): void {
    this.#lua.pushTable(length);
    for (let at = 1; at <= length; at++) {
      this.push();
      this.#lua.setItem(at);
    }
  }

  #pushPairs(count: number, pushValue: () => void): void {
    this.#lua.pushTable();
    for (let pair = 0; pair < count; pair++) {
      this.push();
      pushValue();
      this.#lua.setPair();
    }
  }

  #pushVerbatim(bytes: string): void {
    const [format, text] = [bytes.slice(0, 3), bytes.slice(4)];
    this.#lua.pushTable();
    this.#lua.pushText(format);
    this.#lua.setField("format");
    this.#lua.pushText(text);
    this.#lua.setField("string");
  }

  #line(): string {
    const end = this.#text.indexOf(CRLF, this.#at);
    const line = this.#text.slice(this.#at, end);
    this.#at = end + CRLF.length;
    return line;
  }

  #bytes(length: number): string {
    const bytes = this.#text.slice(this.#at, this.#at + length);
    this.#at += length + CRLF.length;
    return bytes;
  }
}

function toNumber(double: string): number {
  if (double === "inf") return Number.POSITIVE_INFINITY;
  return double === "-inf" ? Number.NEGATIVE_INFINITY : Number(double);
}
