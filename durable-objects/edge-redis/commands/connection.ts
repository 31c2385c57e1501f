import { type Call, type Command, type Flag, NO_KEYS } from "../engine/command.ts";
import { RedisError, syntaxError, wrongArity } from "../engine/errors.ts";
import { toInteger } from "../engine/numbers.ts";
import { CLIENT_SUBCOMMANDS, DEFAULT_USER, readClientName } from "./client-subcommands.ts";
import { databaseAt } from "./keys.ts";

/** What this says it is: the version whose commands it has. */
export const REDIS_VERSION = "7.0.15";

function ping(call: Call): void {
  const { client, reply } = call;
  if (call.args.length > 2) throw wrongArity("ping");
  const text = call.args[1];
  if (client.isSubscribed && reply.version === 2) {
    reply.bulks(["pong", text ?? ""]);
  } else if (text === undefined) reply.status("PONG");
  else reply.bulk(text);
}

function select(call: Call): void {
  call.client.database = databaseAt(call, call.arg(1)).index;
  call.reply.ok();
}

/** Compares all of it, however early it differs. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++)
    difference |= a.charCodeAt(at) ^ (b.charCodeAt(at % (b.length || 1)) || 0);
  return difference === 0;
}

function logIn({ client, engine }: Call, user: string, password: string): void {
  if (user === DEFAULT_USER && (engine.password === null || isSame(password, engine.password))) {
    client.isAuthenticated = true;
    return;
  }
  throw new RedisError("WRONGPASS invalid username-password pair or user is disabled.");
}

function authenticate(call: Call): void {
  if (call.args.length > 3) throw syntaxError();
  if (call.args.length === 2 && call.engine.password === null) {
    throw new RedisError(
      "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
    );
  }
  const [user, password] = call.args.length === 3 ? [call.arg(1), call.arg(2)] : [DEFAULT_USER, call.arg(1)];
  logIn(call, user, password);
  call.reply.ok();
}

function hello(call: Call): void {
  const { client, reply } = call;
  let version: number = reply.version;
  let at = 1;
  if (call.args.length > 1) {
    version = toInteger(
      call.arg(at++),
      () => new RedisError("ERR Protocol version is not an integer or out of range"),
    );
    if (version !== 2 && version !== 3) throw new RedisError("NOPROTO unsupported protocol version");
  }
  let name: string | null = null;
  for (; at < call.args.length; at++) {
    const option = call.option(at);
    if (option === "AUTH" && at + 2 < call.args.length) {
      logIn(call, call.arg(at + 1), call.arg(at + 2));
      at += 2;
    } else if (option === "SETNAME" && at + 1 < call.args.length) name = readClientName(call.arg(++at));
    else throw new RedisError(`ERR Syntax error in HELLO option '${call.arg(at)}'`);
  }
  if (!client.isAuthenticated) {
    throw new RedisError(
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
    );
  }
  if (name !== null) client.name = name;
  reply.version = version as 2 | 3;
  describeServer(call, version);
}

function describeServer({ client, reply }: Call, version: number): void {
  const facts: [string, string | number][] = [
    ["server", "redis"],
    ["version", REDIS_VERSION],
    ["proto", version],
    ["id", client.id],
    ["mode", "standalone"],
    ["role", "master"],
  ];
  reply.map(facts.length + 1);
  for (const [name, value] of facts) {
    reply.bulk(name);
    if (typeof value === "number") reply.integer(value);
    else reply.bulk(value);
  }
  reply.bulk("modules");
  reply.array(0);
}

function quit({ client, reply }: Call): void {
  reply.ok();
  client.isClosing = true;
}

/** As if the connection were new. */
function reset({ client, engine, reply }: Call): void {
  client.leaveTransaction();
  client.forgetWatched();
  engine.pubSub.forget(client);
  client.database = 0;
  client.name = "";
  client.replies = "on";
  client.isAuthenticated = engine.password === null;
  reply.version = 2;
  reply.status("RESET");
}

function manageClients(call: Call): void {
  const run = CLIENT_SUBCOMMANDS[call.option(1) ?? ""];
  if (!run) {
    throw new RedisError(`ERR unknown subcommand '${call.arg(1)}'. Try CLIENT HELP.`);
  }
  run(call);
}

const open: readonly Flag[] = ["noscript", "loading", "stale", "fast", "no_auth"];
const shared = { flags: ["loading", "stale", "fast"] as const, keys: NO_KEYS, group: "connection" };

export const CONNECTION_COMMANDS: Command[] = [
  { ...shared, name: "ping", arity: -1, run: ping },
  { ...shared, name: "echo", arity: 2, run: (call) => call.reply.bulk(call.arg(1)) },
  { ...shared, name: "select", arity: 2, run: select },
  { ...shared, name: "auth", arity: -2, flags: open, run: authenticate },
  { ...shared, name: "hello", arity: -1, flags: open, run: hello },
  { ...shared, name: "quit", arity: -1, flags: open, run: quit },
  { ...shared, name: "reset", arity: 1, flags: open, run: reset },
  {
    ...shared,
    name: "client",
    arity: -2,
    flags: ["admin", "noscript", "loading", "stale"],
    run: manageClients,
  },
];
