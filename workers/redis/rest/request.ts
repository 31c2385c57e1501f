import type { Argument } from "../../shared/redis/encode.ts";
import { readBytes } from "./body.ts";
import { RestError } from "./errors.ts";

/** A command as it goes to the node. */
export type RestCommand = readonly Argument[];

/** What a request asks for; a subscription stays open. */
export type RestRequest =
  | { kind: "command"; command: RestCommand }
  | { kind: "pipeline" | "transaction"; commands: RestCommand[] }
  | { kind: "subscription"; command: RestCommand };

const METHODS = new Set(["GET", "HEAD", "POST", "PUT"]);
const BATCHES: Record<string, "pipeline" | "transaction"> = {
  pipeline: "pipeline",
  "multi-exec": "transaction",
};
const SUBSCRIPTIONS = new Set(["subscribe", "psubscribe"]);
/** Where a client that can set no header puts its token: no argument of the command. */
const TOKEN_PARAMETER = "_token";

/**
 * Reads what a request asks for, which is said in one of three ways: the body is a JSON array at `/`; the path
 * is the command, `/set/key/value?EX=100`, with the body as the argument between path and query; or the body
 * holds several commands, at `/pipeline` and `/multi-exec`.
 * @param path below the mount, without a slash in front.
 * @throws RestError
 */
export async function readRequest(request: Request, path: string): Promise<RestRequest> {
  if (!METHODS.has(request.method)) throw new RestError(405, `ERR method ${request.method} is not allowed`);
  const words = path === "" ? [] : path.split("/").map(decode);
  const name = words[0]?.toLowerCase() ?? "";
  const batch = words.length === 1 ? BATCHES[name] : undefined;
  if (batch) return { kind: batch, commands: readCommands(await readJson(request)) };
  if (words.length === 0) return { kind: "command", command: readCommand(await readJson(request)) };
  if (SUBSCRIPTIONS.has(name) && words.length > 1) return { kind: "subscription", command: words };
  return { kind: "command", command: await readPath(request, words) };
}

async function readPath(request: Request, words: string[]): Promise<RestCommand> {
  const body = await readBytes(request);
  const command: Argument[] = body.length > 0 ? [...words, body] : words;
  for (const [name, value] of new URL(request.url).searchParams) {
    if (name === TOKEN_PARAMETER) continue;
    command.push(name);
    if (value !== "") command.push(value);
  }
  return command;
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    throw new RestError(400, "ERR the path is not percent-encoded UTF-8");
  }
}

async function readJson(request: Request): Promise<unknown> {
  const text = new TextDecoder().decode(await readBytes(request));
  try {
    return JSON.parse(text);
  } catch {
    throw new RestError(400, "ERR failed to parse the request's body as JSON");
  }
}

function readCommands(json: unknown): RestCommand[] {
  if (!Array.isArray(json)) throw new RestError(400, "ERR the body has to be an array of commands");
  if (json.length === 0) throw new RestError(400, "ERR empty pipeline request");
  return json.map(readCommand);
}

function readCommand(json: unknown): RestCommand {
  if (!Array.isArray(json) || json.length === 0)
    throw new RestError(400, "ERR a command has to be a non-empty array");
  return json.map((argument: unknown) => {
    if (typeof argument === "string") return argument;
    if (typeof argument === "number" || typeof argument === "boolean") return String(argument);
    throw new RestError(400, "ERR arguments have to be strings, numbers or booleans");
  });
}
