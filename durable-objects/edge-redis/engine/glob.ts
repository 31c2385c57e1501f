/** A pattern with more stars than this, besides one at its end, matches nothing, as in Redis. */
const STARS_MAX = 1_000;

/** Whether bytes match a pattern of `*`, `?`, `[a-z]`, `[^a-z]` and `\` before a literal. */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  // Where the last star is and how much it takes so far. An earlier one need not be tried again: what lies between
  // them was found at the first place where it can be.
  let star = -1;
  let taken = 0;
  let stars = 0;
  while (t < text.length || p < pattern.length) {
    if (pattern[p] === "*") {
      while (pattern[p] === "*") p++;
      star = p - 1;
      taken = t;
      if (p === pattern.length) return true;
      if (++stars > STARS_MAX) return false;
      continue;
    }
    const end = t < text.length && p < pattern.length ? matchOne(pattern, p, text.charCodeAt(t)) : 0;
    if (end > 0) {
      p = end;
      t++;
    } else if (star >= 0 && taken < text.length) {
      p = star + 1;
      t = ++taken;
    } else return false;
  }
  return true;
}

/** Where the pattern goes on behind what matches one byte; 0 when it does not match. */
function matchOne(pattern: string, p: number, code: number): number {
  const char = pattern[p] as string;
  if (char === "[") {
    const { matches, end } = readSet(pattern, p + 1, code);
    return matches ? end : 0;
  }
  if (char === "?") return p + 1;
  const at = char === "\\" && p + 1 < pattern.length ? p + 1 : p;
  return pattern.charCodeAt(at) === code ? at + 1 : 0;
}

/** Reads a set after its bracket; one that is never closed ends with the pattern. */
function readSet(pattern: string, start: number, code: number): { matches: boolean; end: number } {
  let at = start;
  const negated = pattern[at] === "^";
  if (negated) at++;
  let matches = false;
  for (; at < pattern.length && pattern[at] !== "]"; at++) {
    if (pattern[at] === "\\" && at + 1 < pattern.length) {
      if (pattern.charCodeAt(++at) === code) matches = true;
    } else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
      const [a, b] = [pattern.charCodeAt(at), pattern.charCodeAt(at + 2)];
      if (code >= Math.min(a, b) && code <= Math.max(a, b)) matches = true;
      at += 2;
    } else if (pattern.charCodeAt(at) === code) matches = true;
  }
  return { matches: matches !== negated, end: at + 1 };
}
