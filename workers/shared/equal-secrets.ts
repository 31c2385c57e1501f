import { timingSafeEqual } from "node:crypto";

/** Compares digests, so that not even the length of the secret shows in the time. */
export async function equalSecrets(given: string, secret: string): Promise<boolean> {
  const digest = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return timingSafeEqual(await digest(given), await digest(secret));
}
