import type { Language } from "../language.ts";
import { liveEn } from "./live-en.ts";
import { liveZh } from "./live-zh.ts";
import type { LiveWords } from "./live-words.ts";

export const LIVE_WORDS: Record<Language, LiveWords> = { en: liveEn, zh: liveZh };
