import { problemResponse } from "../edge/problems.ts";
import { requestIdOf } from "../edge/request-id.ts";
import { log } from "../shared/log.ts";

/** What this isolate has logged: every request of a crowd would say the same. */
let logged = "";

/** Nothing works yet, and who deployed this is the first to ask, so the answer says what to do. */
export function sayWhatIsMissing(request: Request, faults: readonly string[]): Response {
  const requestId = requestIdOf(request);
  const text = faults.join(" ");
  if (text !== logged) log.error("not_configured", { faults: text });
  logged = text;
  const detail = `This Worker is not configured. ${faults.join(" ")}`;
  return problemResponse("internal_error", { detail }, requestId);
}
