import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** A command line that cannot be obeyed; the message says which part and why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The values of the flags on a command line, and nothing else is on it. @throws UsageError */
export function readFlags<const Flags extends ParseArgsOptionsConfig>(args: string[], options: Flags) {
  const { values, tokens } = parse(args, options);
  const names = tokens
    .flatMap((token) => (token.kind === "option" ? [token.name] : []))
    .filter((name) => options[name]?.multiple !== true);
  // The last one would count, and whoever wrote both would not know.
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new UsageError(`--${twice} is there twice`);
  return values;
}

function parse<const Flags extends ParseArgsOptionsConfig>(args: string[], options: Flags) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false, tokens: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A flag's whole number within its bounds. @throws UsageError */
export function whole(flag: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new UsageError(`--${flag} must be a whole number from ${min} to ${max}, not "${text}"`);
  }
  return value;
}

/** A flag's share, written as a percentage, between 0 and 1. @throws UsageError */
export function share(flag: string, text: string): number {
  const percent = /^\d{1,3}(\.\d{1,6})?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
  if (!(percent <= 100)) {
    throw new UsageError(`--${flag} must be a percentage from 0% to 100%, not "${text}"`);
  }
  return percent / 100;
}

/** A flag's name out of a list. @throws UsageError */
export function oneOf<Name extends string>(flag: string, names: readonly Name[], text: string): Name {
  const name = names.find((known) => known === text);
  if (!name) throw new UsageError(`--${flag} must be one of ${names.join(", ")}, not "${text}"`);
  return name;
}
