/** A scheme, then what stands before the @: a user's name and his password. */
const CREDENTIALS = /(\w:\/\/)[^\s/@]*@/g;

/**
 * A value of the configuration as a fault may show it to anybody. An address with a password, pasted where it does
 * not belong, is shown without it.
 */
export function shown(value: unknown): string {
  return JSON.stringify(value)?.replaceAll(CREDENTIALS, "$1…@") ?? "missing";
}
