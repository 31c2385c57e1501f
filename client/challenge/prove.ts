import type { ChallengeOffer } from "../../workers/spike/challenge/challenge.ts";

/** A slow phone, or a person who has to click, gets this long; the challenge itself expires about then. Milliseconds. */
export const PROOF_MAX_MS = 110_000;

/** Where a widget appears, in which language, and whether it is still wanted. */
export interface ProofSite {
  box: HTMLElement;
  /** As in `lang`, such as `zh-CN`. */
  language: string;
  signal: AbortSignal;
}

/**
 * Proves what a `challenge_required` refusal asks for, with the widget of whoever asks. Widgets are
 * fetched only by those who are challenged. Never throws.
 * @returns the header value that proves it; null when it cannot be proved here or is no longer wanted.
 */
export async function prove(offer: unknown, site: ProofSite): Promise<string | null> {
  const known = offer as ChallengeOffer | undefined;
  try {
    switch (known?.kind) {
      case "altcha":
        return await (await import("./altcha-widget.ts")).proveByWork(known, site);
      case "turnstile":
        return await (await import("./turnstile-widget.ts")).proveByTurnstile(known, site);
      default:
        return null;
    }
  } catch {
    return null;
  } finally {
    site.box.replaceChildren();
  }
}
