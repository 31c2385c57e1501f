/** The languages the pages speak. The first one is for whoever asks for neither. */
export const LANGUAGES = ["en", "zh"] as const;

export type Language = (typeof LANGUAGES)[number];

/** As `lang`, `Content-Language` and `Intl` want it (BCP 47). */
export const LANGUAGE_TAGS: Record<Language, string> = { en: "en", zh: "zh-CN" };

/** Entries of `Accept-Language` that are read; browsers send five at most. */
const RANGES_MAX = 20;

export function isLanguage(text: string): text is Language {
  return LANGUAGES.some((language) => language === text);
}

/** The language an `Accept-Language` header (RFC 9110, section 12.5.4) likes best among ours. */
export function negotiateLanguage(acceptLanguage: string | undefined): Language {
  let best: { language: Language; weight: number } | undefined;
  for (const range of (acceptLanguage ?? "").split(",", RANGES_MAX)) {
    const [tag = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const language = LANGUAGES.find((known) => tag === known || tag.startsWith(`${known}-`));
    const weight = weightOf(parameters);
    if (language && weight > (best?.weight ?? 0)) best = { language, weight };
  }
  return best?.language ?? LANGUAGES[0];
}

function weightOf(parameters: string[]): number {
  const quality = parameters.find((parameter) => parameter.startsWith("q="));
  return quality === undefined ? 1 : Number.parseFloat(quality.slice("q=".length)) || 0;
}

/** A path of ours in a language, such as `/zh/orders`. `path` begins with a slash. */
export function inLanguage(language: Language, path: string): string {
  return path === "/" ? `/${language}` : `/${language}${path}`;
}

/** The same path without its language. */
export function withoutLanguage(path: string): string {
  const [, first = "", ...rest] = path.split("/");
  return isLanguage(first) ? `/${rest.join("/")}` : path;
}
