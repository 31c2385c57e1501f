import { inLanguage, LANGUAGES, type Language, negotiateLanguage } from "../../../workers/pages/language.ts";
import { chosenLanguage } from "../../shared/chosen-language.ts";

/** What the reader chose with the switch, else what the browser prefers. Fixed until the page is loaded anew. */
export const LANGUAGE: Language = typeof document === "undefined" ? LANGUAGES[0] : preferred();

function preferred(): Language {
  return chosenLanguage() ?? negotiateLanguage(navigator.languages.join(","));
}

/**
 * The reader's half of a word list that says everything in both languages; what one lacks does not compile.
 * Sentences with something in them are functions, as languages put it in different places.
 * @example const WORDS = spoken({ en: { left: (n: string) => `${n} left` }, zh: { left: (n) => `剩 ${n}` } });
 */
export function spoken<Words>(words: { en: Words; zh: NoInfer<Words> }): Words {
  return words[LANGUAGE];
}

/** A shoppers' page in the reader's language. */
export const shopPath = (path: string): string => inLanguage(LANGUAGE, path);
