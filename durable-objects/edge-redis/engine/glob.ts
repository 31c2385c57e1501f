/** Whether bytes match a pattern of `*`, `?`, `[a-z]`, `[^a-z]` and `\` before a literal. */
export function matchesGlob(pattern: string, text: string): boolean {
  return match(pattern, 0, text, 0, { steps: 0 });
}

/** Steps one match may take: patterns with many stars could otherwise take exponential time. */
const STEPS_MAX = 1_000_000;

function match(
  pattern: string,
  patternFrom: number,
  text: string,
  textFrom: number,
  work: { steps: number },
): boolean {
  let p = patternFrom;
  let t = textFrom;
  for (; p < pattern.length; t++) {
    if (++work.steps > STEPS_MAX) return false;
    const char = pattern[p] as string;
    if (char === "*") return matchStar(pattern, p, text, t, work);
    if (t >= text.length) return false;
    if (char === "[") {
      const set = readSet(pattern, p + 1, text.charCodeAt(t));
      if (!set.matches) return false;
      p = set.end;
      continue;
    }
    const isEscaped = char === "\\" && p + 1 < pattern.length;
    const literal = isEscaped ? pattern[p + 1] : char;
    if ((isEscaped || char !== "?") && literal !== text[t]) return false;
    p += isEscaped ? 2 : 1;
  }
  return t === text.length;
}

/** Tries what follows a star at every place where it may end. */
function matchStar(pattern: string, star: number, text: string, t: number, work: { steps: number }): boolean {
  let next = star + 1;
  while (pattern[next] === "*") next++;
  if (next === pattern.length) return true;
  for (let from = t; from <= text.length && work.steps <= STEPS_MAX; from++) {
    if (match(pattern, next, text, from, work)) return true;
  }
  return false;
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
