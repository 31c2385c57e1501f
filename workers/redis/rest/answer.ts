import { type Argument, encodeCommands } from "../../shared/redis/encode.ts";
import { log, messageOf } from "../../shared/log.ts";
import { parseReplies, RedisReplyError, type Reply } from "../../shared/redis/replies.ts";
import { Refusal } from "../../shared/refusals.ts";
import { authorize, type RestSecrets } from "./authorize.ts";
import { RestError } from "./errors.ts";
import { toEventStream } from "./event-stream.ts";
import { type Encoding, type RestResult, toRestResult } from "./reply.ts";
import { readRequest, type RestCommand } from "./request.ts";

/** The Redis behind the REST protocol. */
export interface RestBackend {
  /**
   * Executes commands in RESP2 as `EdgeRedisRpc` does, all at one moment.
   * @param near one of the commands' arguments that is likely a key.
   */
  execute(commands: Uint8Array, options: { near: string; mayWrite: boolean }): Promise<Uint8Array>;
  /** Listens as `EdgeRedisRpc` does. */
  listen(commands: Uint8Array, options: { near: string }): Promise<ReadableStream<Uint8Array>>;
}

/** What changes the connection it comes on: here every request is one of its own. */
const NOT_OVER_HTTP = new Set([
  ...["auth", "hello", "client", "select", "quit", "reset", "monitor", "debug"],
  ...["multi", "exec", "discard", "watch", "unwatch"],
  ...["subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe"],
]);
/** Commands whose first key comes after a text and the number of keys. */
const SCRIPTS = new Set(["eval", "evalsha", "eval_ro", "evalsha_ro"]);
const FIRST_SCRIPT_KEY = 3;

/**
 * Answers a request in the REST protocol of Upstash Redis (https://upstash.com/docs/redis/features/restapi):
 * 200 with `{result}`, or with a list of `{result}` and `{error}`; 400, 401, 405, 413, 500 and 503 with `{error}`.
 * @param path below the mount, without a slash in front.
 */
export async function answerRest(
  request: Request,
  path: string,
  secrets: RestSecrets,
  backend: RestBackend,
): Promise<Response> {
  try {
    const { mayWrite } = await authorize(request, secrets);
    const asked = await readRequest(request, path);
    const call = { backend, mayWrite, encoding: encodingOf(request) };
    switch (asked.kind) {
      case "pipeline":
        return json(200, await runPipeline(asked.commands, call));
      case "transaction":
        return json(200, await runTransaction(asked.commands, call));
      case "subscription":
        return eventStream(await listen(asked.command, backend));
      case "command": {
        const [result] = await runPipeline([asked.command], call);
        return json(result && "error" in result ? 400 : 200, result);
      }
    }
  } catch (error) {
    return answerFailure(error);
  }
}

const listen = (command: RestCommand, backend: RestBackend): Promise<ReadableStream<Uint8Array>> =>
  backend.listen(encodeCommands([command]), { near: likelyKey(command) });

function eventStream(heard: ReadableStream<Uint8Array>): Response {
  const headers = { "content-type": "text/event-stream", "cache-control": "no-store" };
  return new Response(toEventStream(heard), { headers });
}

interface CallContext {
  backend: RestBackend;
  mayWrite: boolean;
  encoding: Encoding;
}

const encodingOf = ({ headers }: Request): Encoding =>
  headers.get("upstash-encoding")?.toLowerCase() === "base64" ? "base64" : "text";

async function runPipeline(commands: readonly RestCommand[], call: CallContext): Promise<RestResult[]> {
  const allowed = commands.filter((command) => refusalOf(command) === null);
  const replies = allowed.length > 0 ? await execute(allowed, call) : [];
  return commands.map((command) => {
    const error = refusalOf(command);
    return error === null ? toRestResult(replies.shift() as Reply<Uint8Array>, call.encoding) : { error };
  });
}

/** All of the commands or, when one of them cannot be executed at all, none. @throws RestError */
async function runTransaction(commands: readonly RestCommand[], call: CallContext): Promise<RestResult[]> {
  const refusal = commands.map(refusalOf).find((error) => error !== null);
  if (refusal) throw discarded(refusal);
  const replies = await execute([["MULTI"], ...commands, ["EXEC"]], call);
  const outcome = replies.at(-1);
  if (Array.isArray(outcome)) return outcome.map((reply) => toRestResult(reply, call.encoding));
  const cause = replies.find((reply) => reply instanceof RedisReplyError);
  throw discarded(cause?.message ?? "ERR nothing was executed");
}

const discarded = (cause: string) =>
  new RestError(400, `EXECABORT Transaction discarded because of: ${cause.replace(/^ERR /, "")}`);

async function execute(
  commands: readonly RestCommand[],
  { backend, mayWrite }: CallContext,
): Promise<Reply<Uint8Array>[]> {
  const first = commands.find(([name]) => name !== "MULTI") ?? [];
  const options = { near: likelyKey(first), mayWrite };
  return parseReplies(await backend.execute(encodeCommands(commands), options), (bytes) => bytes);
}

function refusalOf(command: RestCommand): string | null {
  const name = nameOf(command);
  return NOT_OVER_HTTP.has(name) ? `ERR Command is not available over HTTP: '${name.toUpperCase()}'` : null;
}

const nameOf = ([name = ""]: readonly Argument[]): string => String(name).toLowerCase();

const likelyKey = (command: RestCommand): string =>
  String(command[SCRIPTS.has(nameOf(command)) ? FIRST_SCRIPT_KEY : 1] ?? "");

function answerFailure(error: unknown): Response {
  if (error instanceof RestError) return json(error.status, { error: error.message });
  if (error instanceof Refusal && error.code === "overloaded") {
    return json(
      503,
      { error: "ERR the server is overloaded" },
      { "retry-after": String(error.details.retryAfter ?? 1) },
    );
  }
  log.error("redis_rest_failed", { message: messageOf(error) });
  return json(500, { error: "ERR internal error" });
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { ...headers, "cache-control": "no-store" } });
}
