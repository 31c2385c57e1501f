import { ANSWER_HEADERS } from "../edge/security-headers.ts";
import { answerRest } from "./rest/answer.ts";
import { restBackend } from "./rest/backend.ts";

/** Where Redis clients find it: `new Redis({ url: "https://…/redis", token })`. */
const MOUNT = /^https?:\/\/[^/]+\/redis(?:\/([^?#]*))?(?:[?#]|$)/;

/** Answers what is asked of Edge Redis over HTTP. Null for everything else, and for everything without a token. */
export function answerRedisCall(request: Request, env: Env): Promise<Response> | null {
  if (!env.EDGE_REDIS_REST_TOKEN && !env.EDGE_REDIS_REST_READONLY_TOKEN) return null;
  const match = MOUNT.exec(request.url);
  return match && answerRest(request, match[1] ?? "", env, restBackend(env)).then(secured);
}

function secured(response: Response): Response {
  for (const [name, value] of Object.entries(ANSWER_HEADERS)) response.headers.set(name, value);
  return response;
}
