import type { Language } from "../language.ts";
import { siteEn } from "./site-en.ts";
import { siteZh } from "./site-zh.ts";
import type { SiteWords } from "./site-words.ts";

export const SITE_WORDS: Record<Language, SiteWords> = { en: siteEn, zh: siteZh };
