import { RedisError } from "../engine/errors.ts";

const SHEBANG = "#!";
const FLAGS = "flags=";
/** Of these only `no-writes` changes anything here; the last one is Upstash's own. */
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
export function readShebang(source: string): { program: string; isReadOnly: boolean } {
  if (!source.startsWith(SHEBANG)) return { program: source, isReadOnly: false };
  const end = source.indexOf("\n");
  if (end < 0) throw new RedisError("ERR Invalid script shebang");
  const [engine = "", ...options] = source.slice(0, end).trimEnd().split(/\s+/);
  if (engine !== `${SHEBANG}lua`) throw new RedisError(`ERR Unexpected engine in script shebang: ${engine}`);
  let isReadOnly = false;
  for (const option of options) {
    if (!option.startsWith(FLAGS)) throw new RedisError(`ERR Unknown lua shebang option: ${option}`);
    for (const flag of option.slice(FLAGS.length).split(",")) {
      if (!KNOWN_FLAGS.has(flag)) throw new RedisError(`ERR Unexpected flag in script shebang: ${flag}`);
      if (flag === "no-writes") isReadOnly = true;
    }
  }
  return { program: source.slice(end), isReadOnly };
}
