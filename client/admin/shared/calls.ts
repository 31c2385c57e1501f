import { formatNumber } from "../../../workers/pages/format.ts";
import type { FieldComplaintCode, FieldError } from "../../../workers/shared/complaints.ts";
import type { RefusalCode } from "../../../workers/shared/refusals.ts";
import type { Answer, Failure } from "../../shared/answer.ts";
import type { Method } from "../../shared/http.ts";
import { callAsUser } from "../../shared/session.ts";
import { addressOf, type AnyRequest, type BodyOf, type PathOf, type RequestArguments } from "./admin-api.ts";
import { COMPLAINT_WORDS } from "./complaint-words.ts";
import { explained } from "./explanation-words.ts";
import type { FieldErrors, FormErrors } from "./field-errors.ts";
import { LANGUAGE } from "./language.ts";
import { CLOCK, learnTime } from "./server-clock.ts";
import { REFUSAL_NAMES, WORDS } from "./words.ts";

/**
 * A call to the admin API for whoever is logged in. Never throws.
 * @example const answer = await ask("POST", "/spikes/:id/restock", { param: { id }, json: { quantity: 5 } });
 */
export async function ask<M extends Method, Path extends PathOf<M>>(
  method: M,
  path: Path,
  ...[request]: RequestArguments<M, Path>
): Promise<Answer<BodyOf<M, Path>>> {
  const { json, header = {}, ...named } = (request ?? {}) as AnyRequest;
  const address = addressOf(String(path), named);
  const sent = CLOCK.steady();
  const options = { headers: header, ...(json !== undefined && { body: json }) };
  const answer = await callAsUser<BodyOf<M, Path>>(method, address, options);
  if (answer.ok) learnTime(sent, answer.body);
  return answer;
}

/** Headers under which a call may be sent again and happens once. */
export const once = (): Record<string, string> => ({ "idempotency-key": crypto.randomUUID() });

/** What a refusal says, for people, with when to come back or what to look for in the logs. */
export function reason(failure: Failure): string {
  const { code, errors, retryAfter, requestId } = failure;
  if (code === "network") return navigator.onLine ? WORDS.noAnswer : WORDS.offline;
  if (code === "unauthenticated") return WORDS.sessionEnded;
  if (errors?.length) return errors.map(wordsOf).join(WORDS.between);
  const text = refusalText(code, failure);
  if (code === "rate_limited" && retryAfter !== undefined) {
    return `${WORDS.asSentence(text)} ${WORDS.tryAgain(formatNumber(LANGUAGE, retryAfter))}`;
  }
  if (code === "internal_error" && requestId !== undefined) {
    return `${WORDS.asSentence(text)} ${WORDS.inLogs(requestId)}`;
  }
  return text;
}

/** A detail without a code is prose in English. */
function refusalText(code: RefusalCode, { title, detail, explanation }: Failure): string {
  if (explanation !== undefined && detail !== undefined) return explained(explanation, detail);
  return REFUSAL_NAMES?.[code] ?? detail ?? title ?? code;
}

/** A refusal's complaints by field; the first one of each counts. */
export function errorsOf(failure: Failure): FieldErrors {
  const errors: FieldErrors = {};
  for (const error of failure.errors ?? []) errors[error.path] ??= wordsOf(error);
  return errors;
}

/** The same for a form that has these fields: what is wrong with none of them is under `""`. */
export function formErrorsOf<Name extends string>(
  failure: Failure,
  fields: readonly Name[],
): FormErrors<Name> {
  const errors: FormErrors<Name> = {};
  for (const [path, text] of Object.entries(errorsOf(failure))) {
    errors[fields.find((name) => name === path) ?? ""] ??= text;
  }
  return Object.keys(errors).length > 0 ? errors : ({ "": reason(failure) } as FormErrors<Name>);
}

/** A complaint in the reader's language; one that this page does not know yet in the API's words. */
function wordsOf({ code, limit = "", message }: FieldError): string {
  const say = Object.hasOwn(COMPLAINT_WORDS, code) ? COMPLAINT_WORDS[code as FieldComplaintCode] : undefined;
  return say?.(typeof limit === "number" ? formatNumber(LANGUAGE, limit) : limit) ?? message;
}
