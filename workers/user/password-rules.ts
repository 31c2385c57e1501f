import type { Complaint } from "../shared/complaints.ts";
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
export function passwordProblem(password: string, usernameKey: string): Complaint | null {
  // Unpaired surrogates all encode to one replacement character: different passwords would be equal.
  if (!password.isWellFormed()) return { code: "not_unicode" };
  const normalised = password.normalize("NFKC");
  const chars = countCodePoints(normalised);
  if (chars < PASSWORD_MIN_CHARS) return { code: "use_more_characters", limit: PASSWORD_MIN_CHARS };
  if (chars > PASSWORD_MAX_CHARS) return { code: "use_fewer_characters", limit: PASSWORD_MAX_CHARS };
  const folded = normalised.toLowerCase();
  if (isCommonPassword(folded)) return { code: "password_common" };
  const besides = folded.replaceAll(usernameKey, "");
  if (besides !== folded && countCodePoints(besides) < BESIDES_USERNAME_MIN_CHARS) {
    return { code: "password_is_username" };
  }
  return null;
}
