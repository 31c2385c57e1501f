import { type Call, type Command, ONE_KEY } from "../engine/command.ts";
import { RedisError, syntaxError } from "../engine/errors.ts";
import { toInteger } from "../engine/numbers.ts";
import { isIntact, undump } from "../rdb/reader.ts";
import { dump } from "../rdb/writer.ts";

const MS_PER_SECOND = 1_000;
const FREQUENCY_MAX = 255;

function dumpValue(call: Call): void {
  const value = call.database.get(call.arg(1));
  call.reply.bulkOrNull(value && dump(value));
}

interface RestoreOptions {
  replaces: boolean;
  isAbsolute: boolean;
  idleSeconds: number | null;
}

function readOptions(call: Call): RestoreOptions {
  const options: RestoreOptions = { replaces: false, isAbsolute: false, idleSeconds: null };
  let hasFrequency = false;
  for (let at = 4; at < call.args.length; at++) {
    const option = call.option(at);
    const hasNext = at + 1 < call.args.length;
    if (option === "REPLACE") options.replaces = true;
    else if (option === "ABSTTL") options.isAbsolute = true;
    else if (option === "IDLETIME" && hasNext && !hasFrequency) {
      options.idleSeconds = call.integer(++at);
      if (options.idleSeconds < 0) throw new RedisError("ERR Invalid IDLETIME value, must be >= 0");
    } else if (option === "FREQ" && hasNext && options.idleSeconds === null) {
      // How often values are used is not counted here; a wrong number is one all the same.
      const frequency = call.integer(++at);
      hasFrequency = true;
      if (frequency < 0 || frequency > FREQUENCY_MAX)
        throw new RedisError("ERR Invalid FREQ value, must be >= 0 and <= 255");
    } else throw syntaxError();
  }
  return options;
}

function restore(call: Call): void {
  const { database, reply, engine } = call;
  const key = call.arg(1);
  const { replaces, isAbsolute, idleSeconds } = readOptions(call);
  if (!replaces && database.has(key)) throw new RedisError("BUSYKEY Target key name already exists.");
  const ttl = toInteger(call.arg(2));
  if (ttl < 0) throw new RedisError("ERR Invalid TTL value, must be >= 0");
  const payload = call.arg(3);
  if (!isIntact(payload)) throw new RedisError("ERR DUMP payload version or checksum are wrong");
  const value = undump(payload);
  if (!value) throw new RedisError("ERR Bad data format");
  const expiresAt = ttl === 0 ? null : ttl + (isAbsolute ? 0 : call.now);
  if (expiresAt !== null && expiresAt <= call.now && !engine.isReplaying) {
    if (database.delete(key)) call.logAs(["DEL", key]);
    return reply.ok();
  }
  database.set(key, value);
  if (expiresAt !== null) {
    database.setExpiry(key, expiresAt);
    if (!isAbsolute) call.logAs(["RESTORE", key, String(expiresAt), ...call.args.slice(3), "ABSTTL"]);
  }
  if (idleSeconds !== null) database.setIdle(key, idleSeconds * MS_PER_SECOND);
  reply.ok();
}

const group = "generic";

export const DUMP_COMMANDS: Command[] = [
  { name: "dump", arity: 2, flags: ["readonly"], keys: ONE_KEY, group, run: dumpValue },
  { name: "restore", arity: -4, flags: ["write", "denyoom"], keys: ONE_KEY, group, run: restore },
];
