import type { Complaint } from "../shared/complaints.ts";
import { countCodePoints } from "./code-points.ts";

/** In code points, after normalisation. */
export const USERNAME_MIN_CHARS = 3;
export const USERNAME_MAX_CHARS = 64;

/** Letters and digits, with single marks on them; dots, dashes and underscores between. */
const SHAPE = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{Mn}\p{Mc}._-]*[\p{L}\p{N}\p{Mn}\p{Mc}])?$/u;
/** A letter with a tower of marks draws over its neighbours. */
const MARK_TOWER = /[\p{Mn}\p{Mc}]{4}/u;
/** Fillers and joiners that nobody sees. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/** The scripts in everyday use (Unicode Standard Annex 31, table 5). */
const SCRIPTS = [
  ..."Arabic Armenian Bengali Bopomofo Cyrillic Devanagari Ethiopic Georgian Greek Gujarati".split(" "),
  ..."Gurmukhi Han Hangul Hebrew Hiragana Kannada Katakana Khmer Lao Latin Malayalam Myanmar".split(" "),
  ..."Oriya Sinhala Tamil Telugu Thaana Thai Tibetan".split(" "),
];

/** Scripts that people do mix in one word, and whose letters do not look alike. */
const MIXES = [
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
];

/** "Highly restrictive" in Unicode Technical Standard 39, section 5.2: one script, or one of the mixes. */
const SCRIPT_PROFILES = [...SCRIPTS.map((script) => [script]), ...MIXES].map((scripts) => {
  const ofScripts = scripts.map((script) => `\\p{Script_Extensions=${script}}`).join("");
  return new RegExp(`^[${ofScripts}\\p{Script=Common}\\p{Script=Inherited}]*$`, "u");
});

/** Cyrillic and Greek letters, each followed by the Latin one that many fonts draw exactly like it. */
const LOOK_ALIKES = new Map(
  "аa еe оo рp сc уy хx іi јj ѕs һh ԁd ԛq ԝw ѵv ԍg οo αa νv ιi κk ρp υu χx"
    .split(" ")
    .map(([letter = "", latin = ""]) => [letter, latin]),
);

/** The name as it is shown: what was typed, in its compatible composed form. */
export const displayUsername = (raw: string): string => raw.normalize("NFKC");

/**
 * What makes two names the same: case, compatible forms and letters drawn alike do not count. Digits
 * stay apart from letters, because machines number accounts.
 */
export function usernameKey(raw: string): string {
  // Upper case first folds what lower case alone leaves apart, such as "ß" and "ss".
  const folded = raw.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
  return Array.from(folded, (letter) => LOOK_ALIKES.get(letter) ?? letter).join("");
}

/** What is wrong with a new username, or null. */
export function usernameProblem(raw: string): Complaint | null {
  const name = displayUsername(raw);
  const chars = countCodePoints(name);
  if (chars < USERNAME_MIN_CHARS) return { code: "use_more_characters", limit: USERNAME_MIN_CHARS };
  if (chars > USERNAME_MAX_CHARS) return { code: "use_fewer_characters", limit: USERNAME_MAX_CHARS };
  if (!SHAPE.test(name) || MARK_TOWER.test(name) || INVISIBLE.test(name)) {
    return { code: "username_letters" };
  }
  if (!SCRIPT_PROFILES.some((profile) => profile.test(name))) return { code: "username_scripts" };
  return null;
}
