import { isLanguage, type Language } from "../../workers/pages/language.ts";
import { recall, remember } from "./storage.ts";

const STORED = "language";

/** The language that was once chosen in this browser by the switch; undefined when none was. */
export function chosenLanguage(): Language | undefined {
  const chosen = recall<string>(STORED);
  return chosen !== undefined && isLanguage(chosen) ? chosen : undefined;
}

export function chooseLanguage(language: Language): void {
  remember(STORED, language);
}
