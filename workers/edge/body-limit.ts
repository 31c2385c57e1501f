import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { BODY_MAX_BYTES } from "../shared/limits.ts";
import { explain } from "../shared/explanations.ts";
import { Refusal } from "../shared/refusals.ts";
import type { AppEnv } from "./context.ts";

/** Refuses a body above `BODY_MAX_BYTES` before anything reads it into memory. */
export function limitBody(): MiddlewareHandler<AppEnv> {
  return bodyLimit({
    maxSize: BODY_MAX_BYTES,
    onError: () => {
      throw tooLarge();
    },
  });
}

/**
 * Refuses what is announced as larger than `BODY_MAX_BYTES`, without a middleware.
 * @throws Refusal `invalid_request`.
 */
export function assertBodyFits({ headers }: Request): void {
  if (Number(headers.get("content-length")) > BODY_MAX_BYTES) throw tooLarge();
}

/** Whether a body comes with the request, or may. */
export function hasBody(request: Request): boolean {
  const announced = request.headers.get("content-length");
  return announced === null ? request.body !== null : announced !== "0";
}

/**
 * A request's body as text, "" for none.
 * @throws Refusal `invalid_request` above `BODY_MAX_BYTES`, before more than that is read into memory.
 */
export async function readBody(request: Request): Promise<string> {
  assertBodyFits(request);
  if (!hasBody(request)) return "";
  if (request.headers.has("content-length")) return await request.text();
  const body = request.body as ReadableStream<Uint8Array> | null;
  return body === null ? "" : await readUnannounced(body);
}

async function readUnannounced(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > BODY_MAX_BYTES) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function tooLarge(): Refusal {
  return new Refusal("invalid_request", explain("body_too_large", BODY_MAX_BYTES));
}
