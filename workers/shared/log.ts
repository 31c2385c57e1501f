import { DrizzleQueryError } from "drizzle-orm/errors";

/** Fields of a log line. Never a token, password, cookie or key. */
export type LogFields = Record<string, string | number | boolean | null | undefined | readonly string[]>;

function write(level: "info" | "warn" | "error", event: string, fields: LogFields): void {
  console[level](JSON.stringify({ level, event, at: new Date().toISOString(), ...fields }));
}

/** Structured logs, one JSON object a line; `event` is a stable snake_case name to search for. */
export const log = {
  info: (event: string, fields: LogFields = {}) => write("info", event, fields),
  warn: (event: string, fields: LogFields = {}) => write("warn", event, fields),
  error: (event: string, fields: LogFields = {}) => write("error", event, fields),
};

/** Lines an isolate remembers having said; beyond so many it forgets the oldest, and would say them again. */
export const SAID_MAX = 2_000;

const said = new Set<string>();

/**
 * Warns of a thing once in an isolate's life: what strangers can bring about as often as they like must not
 * fill the log.
 * @param subject what it is about; another one is another thing. Never a secret.
 */
export function warnOnce(event: string, subject: string, fields: LogFields = {}): void {
  const name = `${event} ${subject}`;
  if (said.has(name)) return;
  if (said.size >= SAID_MAX) for (const oldest of said) if (said.delete(oldest)) break;
  said.add(name);
  log.warn(event, fields);
}

/**
 * The text of whatever was thrown. A failed query speaks with the database's words: its own would spell
 * out all parameters, and password hashes are among them.
 */
export function messageOf(error: unknown): string {
  if (error instanceof DrizzleQueryError) return messageOf(error.cause ?? "a query failed");
  return error instanceof Error ? error.message : String(error);
}
