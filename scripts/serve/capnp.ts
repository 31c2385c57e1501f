/*
 * Cap'n Proto's text format, as far as workerd's configuration needs it: structs as objects, lists as arrays,
 * and text. https://capnproto.org/language.html
 */

/** A file whose content is the value, as a path relative to the configuration. */
export class Embed {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }
}

export type CapnpValue =
  | string
  | boolean
  | Embed
  | CapnpValue[]
  | { [field: string]: CapnpValue | undefined };

/** A configuration file for `workerd serve` that says `config`. */
export function capnpFile(config: CapnpValue): string {
  return `using Workerd = import "/workerd/workerd.capnp";\nconst config :Workerd.Config = ${write(config)};\n`;
}

function write(value: CapnpValue): string {
  if (typeof value === "boolean") return String(value);
  // JSON's escapes are C's, and so are Cap'n Proto's, but for characters by number, which UTF-8 needs not.
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Embed) return `embed ${JSON.stringify(value.file)}`;
  if (Array.isArray(value)) return `[${value.map(write).join(", ")}]`;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `(${fields.map(([name, field]) => `${name} = ${write(field as CapnpValue)}`).join(", ")})`;
}
