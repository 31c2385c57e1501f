import { countCodePoints } from "./code-points.ts";
import { isCommonPassword } from "./common-passwords.ts";

/** In code points, after normalisation; docs/decisions/012-passwords.md says why these. */
export const PASSWORD_MIN_CHARS = 8;
export const PASSWORD_MAX_CHARS = 128;

/** A password needs this many characters besides the username. */
const BESIDES_USERNAME_MIN_CHARS = 4;

/**
 * What is wrong with a new password, or null. Length and a list of known bad choices, nothing about
 * kinds of characters (NIST SP 800-63B, 3.1.1.2).
 */
export function passwordProblem(password: string, usernameKey: string): string | null {
  // Unpaired surrogates all encode to one replacement character: different passwords would be equal.
  if (!password.isWellFormed()) return "This is not valid Unicode text.";
  const normalised = password.normalize("NFKC");
  const chars = countCodePoints(normalised);
  if (chars < PASSWORD_MIN_CHARS) return `Use at least ${PASSWORD_MIN_CHARS} characters.`;
  if (chars > PASSWORD_MAX_CHARS) return `Use at most ${PASSWORD_MAX_CHARS} characters.`;
  const folded = normalised.toLowerCase();
  if (isCommonPassword(folded)) return "This password is one of the most common ones; choose another.";
  const besides = folded.replaceAll(usernameKey, "");
  if (besides !== folded && countCodePoints(besides) < BESIDES_USERNAME_MIN_CHARS) {
    return "The password must not be the username.";
  }
  return null;
}
