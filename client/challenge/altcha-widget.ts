import "altcha/external";
import "altcha/i18n/zh-cn";
import type { Challenge } from "altcha/types";
import type { ChallengeOffer } from "../../workers/spike/challenge/challenge.ts";
import type { Proof } from "../sale/proof.ts";
import { addStyles } from "./page-files.ts";
import { PROOF_MAX_MS, type ProofSite } from "./prove.ts";

/** Put in by the build: addresses of our own files, the widget's styles and its Web Worker. */
declare const ALTCHA_STYLES: string;
declare const ALTCHA_WORKER: string;

const ALGORITHM = "PBKDF2/SHA-256";
const MS_PER_SECOND = 1_000;
/** More would slow the page itself down. */
const WORKERS_MAX = 8;

$altcha.algorithms.set(ALGORITHM, () => new Worker(ALTCHA_WORKER, { type: "module" }));

type AltchaOffer = Extract<ChallengeOffer, { kind: "altcha" }>;

/** Lets ALTCHA's widget do the work, in Web Workers. It needs nothing from the person and asks no other host. */
export async function proveByWork(
  { parameters, signature }: AltchaOffer,
  { box, language, signal }: ProofSite,
): Promise<Proof | null> {
  await addStyles(ALTCHA_STYLES);
  const widget = document.createElement("altcha-widget");
  const loaded = new Promise((resolve) => widget.addEventListener("load", resolve, { once: true }));
  widget.setAttribute("language", language.toLowerCase());
  box.append(widget);
  await loaded;
  const challenge = { parameters: parameters as unknown as Challenge["parameters"], signature };
  // The widget reads the time off this machine's clock, which may be wrong; until when it is good is ours to know.
  const { expiresAt = Number.POSITIVE_INFINITY, ...work } = challenge.parameters;
  await widget.configure({
    challenge: { parameters: work, signature },
    workers: Math.min(WORKERS_MAX, navigator.hardwareConcurrency || 1),
    minDuration: 0,
    timeout: PROOF_MAX_MS,
    hideFooter: true,
    hideLogo: true,
    humanInteractionSignature: false,
  });
  // Called off while the widget was on its way: a signal tells that once, and the work would go on unseen.
  if (signal.aborted) return null;
  const controller = new AbortController();
  signal.addEventListener("abort", () => controller.abort());
  const result = await widget.verify({ controller });
  if (signal.aborted || !result?.solution) return null;
  const solution = btoa(JSON.stringify({ challenge, solution: result.solution }));
  return { solution, expiresAt: expiresAt * MS_PER_SECOND };
}
