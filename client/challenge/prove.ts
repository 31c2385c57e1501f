import type { ChallengeOffer } from "../../workers/spike/challenge/challenge.ts";
import type { Proof } from "../sale/proof.ts";

/** A slow phone, or a person who has to click, gets this long; the challenge itself expires about then. Milliseconds. */
export const PROOF_MAX_MS = 110_000;

/** Where a widget appears, in which language, and whether it is still wanted. */
export interface ProofSite {
  box: HTMLElement;
  /** As in `lang`, such as `zh-CN`. */
  language: string;
  signal: AbortSignal;
  /** The server's clock, epoch milliseconds. */
  now: () => number;
}

/**
 * Proves what a `challenge_required` refusal asks for, with the widget of whoever asks. Widgets are
 * fetched only by those who are challenged. Never throws.
 * @returns null when it cannot be proved here or is no longer wanted.
 */
export async function prove(offer: unknown, { box, ...rest }: ProofSite): Promise<Proof | null> {
  const known = offer as ChallengeOffer | undefined;
  // A place of its own: one that was called off may end while the next one is at work.
  const place = document.createElement("div");
  box.append(place);
  const site = { box: place, ...rest };
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
    place.remove();
  }
}
