import type { ChallengeOffer } from "../../workers/spike/challenge/challenge.ts";
import { MAIN_MARK } from "../../workers/spike/challenge/with-fallback.ts";
import type { Proof } from "../sale/proof.ts";
import { addScript } from "./page-files.ts";
import { PROOF_MAX_MS, type ProofSite } from "./prove.ts";

/** Cloudflare asks that it be loaded from there. The page's policy allows the host where Turnstile is configured. */
const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";

/** A token is good for this long, by Cloudflare's rule, in milliseconds. */
const TOKEN_MS = 300_000;

interface WidgetOptions {
  sitekey: string;
  action: string;
  cData: string;
  language: string;
  callback: (token: string) => void;
  "error-callback": () => boolean;
  "expired-callback": () => void;
  "timeout-callback": () => void;
}

/** What of Turnstile's interface is used here. */
interface Turnstile {
  render: (box: HTMLElement, options: WidgetOptions) => string | undefined;
  remove: (widgetId: string) => void;
}

declare global {
  var turnstile: Turnstile | undefined;
}

type TurnstileOffer = Extract<ChallengeOffer, { kind: "turnstile" }>;

/** Shows Cloudflare Turnstile's widget. Mostly it needs nothing from the person, at times a click. */
export async function proveByTurnstile(
  { siteKey, action, cData }: TurnstileOffer,
  { box, language, signal, now }: ProofSite,
): Promise<Proof | null> {
  if (!globalThis.turnstile) await addScript(SCRIPT);
  const widgets = globalThis.turnstile;
  if (!widgets || signal.aborted) return null;
  let widgetId: string | undefined;
  const token = await new Promise<string | null>((resolve) => {
    const giveUp = () => resolve(null);
    signal.addEventListener("abort", giveUp);
    setTimeout(giveUp, PROOF_MAX_MS);
    widgetId = widgets.render(box, {
      sitekey: siteKey,
      action,
      cData,
      language: language.toLowerCase(),
      callback: resolve,
      // True says that the error has been seen to, else Turnstile writes it to the console.
      "error-callback": () => (giveUp(), true),
      "expired-callback": giveUp,
      "timeout-callback": giveUp,
    });
    if (widgetId === undefined) giveUp();
  });
  if (widgetId !== undefined) widgets.remove(widgetId);
  return token === null ? null : { solution: MAIN_MARK + token, expiresAt: now() + TOKEN_MS };
}
