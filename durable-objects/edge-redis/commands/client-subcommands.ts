import type { Client } from "../engine/client.ts";
import type { Call } from "../engine/command.ts";
import { RedisError, syntaxError, wrongArity } from "../engine/errors.ts";
import { INTEGER_MAX, toInteger, toIntegerIn } from "../engine/numbers.ts";

const MS_PER_SECOND = 1_000;
/** Printable, and no spaces: a name is shown in a list. */
const CLIENT_NAME = /^[!-~]*$/;

/** A node does not hear where its clients are. */
const ADDRESS = "127.0.0.1:0";
export const DEFAULT_USER = "default";

function line(client: Client, now: number): string {
  const facts: Record<string, string | number> = {
    id: client.id,
    addr: ADDRESS,
    laddr: ADDRESS,
    fd: client.id,
    name: client.name,
    age: Math.floor((now - client.createdAt) / MS_PER_SECOND),
    idle: Math.floor((now - client.lastUsedAt) / MS_PER_SECOND),
    flags: flagsOf(client),
    db: client.database,
    sub: client.channels.size,
    psub: client.patterns.size,
    multi: client.queued?.length ?? -1,
    watch: client.watched.size,
    cmd: client.lastCommand || "NULL",
    user: DEFAULT_USER,
    resp: client.reply.version,
  };
  return Object.entries(facts)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function flagsOf(client: Client): string {
  const flags = `${client.isSubscribed ? "P" : ""}${client.queued ? "x" : ""}${client.blocked ? "b" : ""}${client.isTouched ? "d" : ""}`;
  return flags || "N";
}

function setName(call: Call): void {
  if (call.args.length !== 3) throw wrongArity("client|setname");
  call.client.name = readClientName(call.arg(2));
  call.reply.ok();
}

/** @throws RedisError */
export function readClientName(name: string): string {
  if (CLIENT_NAME.test(name)) return name;
  throw new RedisError("ERR Client names cannot contain spaces, newlines or special characters.");
}

function setReplies(call: Call): void {
  const mode = call.option(2);
  if (mode !== "ON" && mode !== "OFF" && mode !== "SKIP") throw syntaxError();
  call.client.replies = mode === "ON" ? "on" : mode === "OFF" ? "off" : "skip";
  if (mode === "ON") call.reply.ok();
}

function listClients(call: Call): void {
  let clients = [...call.engine.clients.values()];
  if (call.option(2) === "ID") {
    const ids = new Set(
      call.args.slice(3).map((id) => toInteger(id, () => new RedisError("ERR Invalid client ID"))),
    );
    clients = clients.filter(({ id }) => ids.has(id));
  } else if (call.option(2) === "TYPE" && call.args.length === 4) {
    clients = clients.filter(isOfType(call, call.arg(3)));
  } else if (call.args.length > 2) throw syntaxError();
  call.reply.verbatim(`${clients.map((client) => line(client, call.now)).join("\n")}\n`);
}

/** @throws RedisError */
function isOfType({ engine }: Call, type: string): (client: Client) => boolean {
  switch (type.toLowerCase()) {
    case "normal":
      return (client) => !client.isSubscribed && !engine.replication.has(client);
    case "pubsub":
      return (client) => client.isSubscribed;
    case "replica":
    case "slave":
      return (client) => engine.replication.has(client);
    case "master":
      return () => false;
    default:
      throw new RedisError(`ERR Unknown client type '${type}'`);
  }
}

/** @throws RedisError */
function readSwitch(text: string, on: string, off: string): boolean {
  const word = text.toUpperCase();
  if (word !== on && word !== off) throw syntaxError();
  return word === on;
}

const acceptSwitch = (call: Call): void => {
  if (call.args.length !== 3) throw wrongArity(`client|${call.arg(1).toLowerCase()}`);
  readSwitch(call.arg(2), "ON", "OFF");
  call.reply.ok();
};

function unblock(call: Call): void {
  const { engine, reply } = call;
  const target = engine.clients.get(call.integer(2));
  const how = call.option(3) ?? "TIMEOUT";
  if (how !== "TIMEOUT" && how !== "ERROR") {
    throw new RedisError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  if (!target?.blocked) return reply.integer(0);
  engine.blockedClients.giveUp(
    target,
    how === "ERROR" ? "UNBLOCKED client unblocked via CLIENT UNBLOCK" : undefined,
  );
  reply.integer(1);
}

function kill(call: Call): void {
  const { engine, client, reply } = call;
  if (call.args.length === 3) throw new RedisError("ERR No such client");
  let victims = [...engine.clients.values()];
  let skipsMe = true;
  for (let at = 2; at < call.args.length; at += 2) {
    const value = call.arg(at + 1);
    switch (call.option(at)) {
      case "ID": {
        const id = toIntegerIn(
          value,
          1,
          INTEGER_MAX,
          () => new RedisError("ERR client-id should be greater than 0"),
        );
        victims = victims.filter((victim) => victim.id === id);
        break;
      }
      case "TYPE":
        victims = victims.filter(isOfType(call, value));
        break;
      case "USER":
        if (value !== DEFAULT_USER) throw new RedisError(`ERR No such user '${value}'`);
        break;
      case "ADDR":
      case "LADDR":
        // Nobody's is known; all show the same.
        victims = victims.filter(() => value === ADDRESS);
        break;
      case "SKIPME":
        skipsMe = readSwitch(value, "YES", "NO");
        break;
      default:
        throw syntaxError();
    }
  }
  if (skipsMe) victims = victims.filter((victim) => victim !== client);
  for (const victim of victims) {
    victim.isClosing = true;
    victim.onOutput();
  }
  reply.integer(victims.length);
}

const HELP = [
  "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
  ...["GETNAME", "GETREDIR", "ID", "INFO", "KILL <option> ...", "LIST [options ...]", "NO-EVICT (ON|OFF)"],
  ...["REPLY (ON|OFF|SKIP)", "SETNAME <name>", "UNBLOCK <clientid> [TIMEOUT|ERROR]", "HELP"],
];

const accept = ({ reply }: Call): void => reply.ok();

/** The subcommands of CLIENT by their names. */
export const CLIENT_SUBCOMMANDS: Record<string, (call: Call) => void> = {
  ID: ({ client, reply }) => reply.integer(client.id),
  GETNAME: ({ client, reply }) => (client.name === "" ? reply.null() : reply.bulk(client.name)),
  SETNAME: setName,
  SETINFO: accept,
  REPLY: setReplies,
  LIST: listClients,
  INFO: (call) => call.reply.verbatim(`${line(call.client, call.now)}\n`),
  UNBLOCK: unblock,
  KILL: kill,
  "NO-EVICT": acceptSwitch,
  "NO-TOUCH": acceptSwitch,
  PAUSE: accept,
  UNPAUSE: accept,
  GETREDIR: ({ reply }) => reply.integer(-1),
  TRACKING: () => {
    throw new RedisError("ERR client side caching is not supported");
  },
  HELP: ({ reply }) => reply.bulks(HELP),
};
