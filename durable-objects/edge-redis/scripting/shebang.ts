import { RedisError } from "../engine/errors.ts";

const SHEBANG = "#!";
const FLAGS = "flags=";
/** What a script says of itself. */
export interface ScriptFlags {
  isReadOnly: boolean;
  /** May run although the memory is full: without a shebang, all but the commands that need more. */
  whenFull: "all" | "no-growth" | "none";
}

/** Of these `no-writes` and `allow-oom` change something here; the last one is Upstash's own. */
const KNOWN_FLAGS = new Set([
  "no-writes",
  "allow-oom",
  "allow-stale",
  "no-cluster",
  "allow-cross-slot-keys",
  "allow-key-locking",
]);

/**
 * A script may begin with a line such as `#!lua flags=no-writes`.
 * Returns the program without it, its lines as they were numbered.
 * @throws RedisError
 */
export function readShebang(source: string): { program: string; flags: ScriptFlags } {
  if (!source.startsWith(SHEBANG))
    return { program: source, flags: { isReadOnly: false, whenFull: "no-growth" } };
  const end = source.indexOf("\n");
  if (end < 0) throw new RedisError("ERR Invalid script shebang");
  const [engine = "", ...options] = source.slice(0, end).trimEnd().split(/\s+/);
  if (engine !== `${SHEBANG}lua`) throw new RedisError(`ERR Unexpected engine in script shebang: ${engine}`);
  const flags = new Set(options.flatMap(readOption));
  const isReadOnly = flags.has("no-writes");
  const whenFull = isReadOnly || flags.has("allow-oom") ? "all" : "none";
  return { program: source.slice(end), flags: { isReadOnly, whenFull } };
}

function readOption(option: string): string[] {
  if (!option.startsWith(FLAGS)) throw new RedisError(`ERR Unknown lua shebang option: ${option}`);
  const list = option.slice(FLAGS.length);
  const flags = list === "" ? [] : list.split(",");
  const unknown = flags.find((flag) => !KNOWN_FLAGS.has(flag));
  if (unknown !== undefined) throw new RedisError(`ERR Unexpected flag in script shebang: ${unknown}`);
  return flags;
}
