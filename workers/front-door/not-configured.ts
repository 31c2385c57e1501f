import { problemResponse } from "../edge/problems.ts";
import { requestIdOf } from "../edge/request-id.ts";
import { log } from "../shared/log.ts";

/** Nothing works yet, and who deployed this is the first to ask, so the answer says what to do. */
export function sayWhatIsMissing(request: Request, faults: readonly string[]): Response {
  const requestId = requestIdOf(request);
  log.error("not_configured", { requestId, faults: faults.join(" ") });
  const detail = `This Worker is not configured. ${faults.join(" ")}`;
  return problemResponse("internal_error", { detail }, requestId);
}
