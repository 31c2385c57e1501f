const SPACE = /[\s\0]/;
const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/**
 * Splits a line as a shell does: words between spaces, "…" with escapes such as \n and \x41, '…' with \' only.
 * Null when a quote is not closed, or is followed by something else than a space.
 */
export function splitArguments(line: string): string[] | null {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && SPACE.test(line[at] as string)) at++;
    if (at >= line.length) return words;
    const word = readWord(line, at);
    if (word === null) return null;
    words.push(word.text);
    at = word.end;
  }
}

interface Word {
  text: string;
  end: number;
}

function readWord(line: string, start: number): Word | null {
  let text = "";
  for (let at = start; ;) {
    const char = line[at];
    if (char === undefined || SPACE.test(char)) return { text, end: at };
    if (char === '"' || char === "'") {
      const quoted = readQuoted(line, at + 1, char);
      if (quoted === null) return null;
      text += quoted.text;
      const after = line[quoted.end];
      if (after !== undefined && !SPACE.test(after)) return null;
      return { text, end: quoted.end };
    }
    text += char;
    at++;
  }
}

function readQuoted(line: string, start: number, quote: string): Word | null {
  let text = "";
  for (let at = start; at < line.length;) {
    const char = line[at] as string;
    if (char === quote) return { text, end: at + 1 };
    const hex = quote === '"' ? /^\\x([0-9a-f]{2})/i.exec(line.slice(at, at + 4)) : null;
    if (hex) {
      text += String.fromCharCode(Number.parseInt(hex[1] as string, 16));
      at += 4;
    } else if (char === "\\" && at + 1 < line.length && (quote === '"' || line[at + 1] === "'")) {
      const escaped = line[at + 1] as string;
      text += quote === '"' ? (ESCAPES[escaped] ?? escaped) : escaped;
      at += 2;
    } else {
      text += char;
      at++;
    }
  }
  return null;
}
