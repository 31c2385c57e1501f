/** @jsxImportSource hono/jsx/dom */
import { useState } from "hono/jsx/dom";
import type { Language } from "../../../workers/pages/language.ts";
import { ruleSentence } from "../../../workers/pages/words/rules.ts";
import type { AccessRule } from "../../../workers/shared/access-rule.ts";
import { HOLD_DEFAULT_SECONDS } from "../../../workers/shared/limits.ts";
import type { WireSpike } from "../../../workers/spike/schemas.ts";
import { LANGUAGE } from "../shared/language.ts";
import { type Draft, parseDraft } from "./draft.ts";
import { renderSale } from "./render-sale.tsx";
import { FORM_WORDS as WORDS } from "./words.ts";

/** The sale page as shoppers will see it, made by the same view. Nothing in it can be used. */
export function PreviewPanel({ draft, spikeId }: { draft: Draft; spikeId: string }) {
  const [language, setLanguage] = useState<Language>(LANGUAGE);
  const html = renderSale(language, saleOf(draft, spikeId));
  return (
    <section class="panel" aria-labelledby="preview-title">
      <div class="panel-head">
        <h2 id="preview-title">{WORDS.page}</h2>
        <button
          type="button"
          class="button quiet small"
          onClick={() => setLanguage(language === "en" ? "zh" : "en")}
        >
          {language === "en" ? WORDS.inChinese : WORDS.inEnglish}
        </button>
      </div>
      <div class="preview" inert dangerouslySetInnerHTML={{ __html: html }} />
    </section>
  );
}

/** A draft as the API would answer it, with the times of now where a field makes no sense yet. */
function saleOf(draft: Draft, spikeId: string): WireSpike {
  const now = new Date().toISOString();
  const { imageUrl, originalPriceMinor, stripes: _stripes, ...known } = parseDraft(draft).definition;
  return {
    ...known,
    id: spikeId,
    title: draft.title.trim() || WORDS.untitled,
    ...(imageUrl !== null && { imageUrl }),
    ...(originalPriceMinor !== null && { originalPriceMinor }),
    remaining: known.stock,
    maxPerUser: known.maxPerUser || 1,
    startsAt: known.startsAt || now,
    endsAt: known.endsAt || now,
    holdSeconds: known.holdSeconds || HOLD_DEFAULT_SECONDS,
    phase: "upcoming",
    accessRules: draft.accessRules.filter(isSayable),
    serverTime: now,
  };
}

/** A rule whose moment is still being typed has no sentence yet. */
function isSayable(rule: AccessRule): boolean {
  try {
    return ruleSentence("en", rule) !== "";
  } catch {
    return false;
  }
}
