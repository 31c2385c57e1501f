/** @jsxImportSource hono/jsx/dom */
import { notify } from "../shared/notices.ts";
import { WORDS } from "./words.ts";

/** A secret that is shown this once. */
export function Secret({ secret }: { secret: string }) {
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    notify(WORDS.copied);
  };
  return (
    <section class="panel" aria-labelledby="secret-title">
      <h2 id="secret-title">{WORDS.secretTitle}</h2>
      <p>{WORDS.secretText}</p>
      <p class="mono" data-secret>
        {secret}
      </p>
      <button type="button" class="button quiet small" onClick={() => void copy()}>
        {WORDS.copy}
      </button>
    </section>
  );
}
