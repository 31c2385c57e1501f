/*
 * The closed list of what can be wrong with a field, and how the API says it. Programs and pages in other
 * languages go by the code; `{limit}` stands for what the value was held against.
 */

/** What a new account may hear: sentences for people. */
const ACCOUNT_COMPLAINTS = {
  use_more_characters: "Use at least {limit} characters.",
  use_fewer_characters: "Use at most {limit} characters.",
  username_letters: "Use letters and digits, and dots, dashes and underscores between them.",
  username_scripts: "Use letters of one script.",
  username_taken: "This username is taken.",
  not_unicode: "This is not valid Unicode text.",
  password_common: "This password is one of the most common ones; choose another.",
  password_is_username: "The password must not be the username.",
} as const;

/** What is wrong with any other field. */
const FIELD_COMPLAINTS = {
  required: "is required",
  wrong_type: "must be of type {limit}",
  not_number: "must be a number",
  not_whole: "must be a whole number",
  too_small: "must be at least {limit}",
  too_large: "must be at most {limit}",
  too_short: "must have at least {limit} characters",
  too_long: "must have at most {limit} characters",
  too_few: "must have at least {limit} entries",
  too_many: "must have at most {limit} entries",
  not_moment: "must be a moment such as 2026-11-11T00:00:00Z",
  not_an_option: "must be one of {limit}",
  unknown_field: "must not have {limit}",
  bad_format: "is not well formed",
  invalid: "is not valid",
  nothing_changed: "must change something",
  not_cursor: "is not a cursor of this list",
  not_idempotency_key: "must be printable ASCII without spaces",
  not_in_future: "must be in the future",

  not_one_line: "must be one line without control characters",
  control_characters: "must not contain control characters",
  not_picture: "must be an https address or a path on this site that begins with /",
  not_currency: "must be an ISO 4217 code",
  not_after_start: "must be after startsAt",
  below_price: "must not be below priceMinor",
  fixed_once_started: "cannot change once the sale has started",
  restock_instead: "cannot change once the sale has started; restock instead",
  no_room_beside_waves: "must be at most {limit}, with the waves still to come",
  stock_too_large: "would make the stock larger than {limit}",
  beyond_per_person: "must be at most {limit}, the most one shopper may have",
  not_this_sale: "must be the sale's id",

  not_id: "must be an id",
  not_country: "must be two capital letters",
  not_one_list: "must have either allow or deny",
  not_one_end: "must not come together with expiresAt",
  window_reversed: "from must be before to",
  rules_too_deep: "rules may nest {limit} deep at the most",
  too_many_rules: "there may be {limit} rules at the most, all told",

  too_many_waves: "must be at most {limit}, past ones included",
  not_positive: "must be a positive whole number",
  same_moment: "must differ from the other waves",
  wave_has_come: "cannot change: this wave has come already",
  not_within_sale: "must be within the sale",

  not_user_id: "must be a user id",
  invisible_characters: "must not contain invisible characters, such as a zero-width space",
  not_address: "must be an IPv4 or IPv6 address",
  own_role: "you cannot take the role of admin from yourself",
  last_admin: "this is the last admin there is",
  changed_meanwhile: "the settings have changed meanwhile: version {limit} is in force",
  not_etag: "must be the ETag of the settings",

  too_many_endpoints: "There are {limit} endpoints already.",
  named_twice: "must not name an event twice",
  not_url: "is not an absolute address",
  url_with_password: "must not hold a user name or a password",
  url_with_fragment: "must not have a fragment",
  url_not_https: "must begin with https://",
  url_port: "must use port 443 or 8443",
  url_private_address: "must not be a private address",
  url_private_host: "must be the name of a public host",
} as const;

export const COMPLAINTS = { ...FIELD_COMPLAINTS, ...ACCOUNT_COMPLAINTS };

export type AccountComplaintCode = keyof typeof ACCOUNT_COMPLAINTS;
export type FieldComplaintCode = keyof typeof FIELD_COMPLAINTS;
export type ComplaintCode = keyof typeof COMPLAINTS;

/** What is wrong with a value. `limit` is what it was held against: a bound, a type, the options. */
export interface Complaint {
  code: ComplaintCode;
  limit?: number | string | undefined;
}

/** What is wrong with one field: `path` is dotted, `""` for the whole body. */
export interface FieldError extends Complaint {
  path: string;
  message: string;
}

/** A complaint as the API says it. */
export function messageOfComplaint({ code, limit = "" }: Complaint): string {
  return COMPLAINTS[code].replace("{limit}", String(limit));
}

export function fieldError(path: string, code: ComplaintCode, limit?: number | string): FieldError {
  const complaint = { code, ...(limit !== undefined && { limit }) };
  return { path, ...complaint, message: messageOfComplaint(complaint) };
}

/** A code where a schema takes a text for its complaint; `edge/field-errors.ts` puts it into words. */
export const because = (code: ComplaintCode): string => code;
