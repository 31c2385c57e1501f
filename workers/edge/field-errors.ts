import type { z } from "zod";
import {
  type Complaint,
  type ComplaintCode,
  COMPLAINTS,
  type FieldError,
  fieldError,
} from "../shared/complaints.ts";

type Issue = z.core.$ZodIssue;

/** What a schema found wrong, field by field. `within` goes before each path. */
export function fieldErrorsOf(error: z.ZodError, within = ""): FieldError[] {
  return error.issues.map((issue) => {
    const path = [...(within === "" ? [] : [within]), ...issue.path].join(".");
    const { code, limit } = complaintOf(issue);
    return fieldError(path, code, limit);
  });
}

function complaintOf(issue: Issue): Complaint {
  // Our own checks name their complaint where zod keeps a text.
  if (isCode(issue.message)) return { code: issue.message, limit: limitIn(issue) };
  switch (issue.code) {
    case "invalid_type":
      return typeComplaint(issue);
    case "too_small":
      return tooSmall(issue);
    case "too_big":
      return tooBig(issue);
    case "invalid_format":
      return { code: issue.format === "datetime" ? "not_moment" : "bad_format" };
    case "invalid_value":
      return { code: "not_an_option", limit: issue.values.join(", ") };
    case "invalid_union":
      return { code: "not_an_option", limit: optionsOf(issue) };
    case "unrecognized_keys":
      return { code: "unknown_field", limit: issue.keys.join(", ") };
    default:
      return { code: "invalid" };
  }
}

const isCode = (text: string): text is ComplaintCode => Object.hasOwn(COMPLAINTS, text);

function limitIn(issue: Issue): number | undefined {
  const limit: unknown = "params" in issue ? issue.params?.["limit"] : undefined;
  return typeof limit === "number" ? limit : undefined;
}

function typeComplaint({ expected }: Extract<Issue, { code: "invalid_type" }>): Complaint {
  if (expected === "int") return { code: "not_whole" };
  return expected === "number" ? { code: "not_number" } : { code: "wrong_type", limit: expected };
}

function tooSmall({ origin, minimum }: Extract<Issue, { code: "too_small" }>): Complaint {
  const limit = Number(minimum);
  if (origin === "array") return { code: "too_few", limit };
  if (origin !== "string") return { code: "too_small", limit };
  return limit === 1 ? { code: "required" } : { code: "too_short", limit };
}

function tooBig({ origin, maximum }: Extract<Issue, { code: "too_big" }>): Complaint {
  const limit = Number(maximum);
  if (origin === "array") return { code: "too_many", limit };
  return { code: origin === "string" ? "too_long" : "too_large", limit };
}

/** The kinds there are, where none was meant. */
function optionsOf(issue: Extract<Issue, { code: "invalid_union" }>): string {
  return "options" in issue && Array.isArray(issue.options) ? issue.options.join(", ") : "";
}
