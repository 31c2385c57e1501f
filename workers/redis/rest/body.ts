import { joined } from "../../shared/redis/encode.ts";
import { RestError } from "./errors.ts";

/** Longest body of a request, in bytes: a whole pipeline, or a value. */
export const REST_BODY_MAX_BYTES = 1024 * 1024;

/** A request's body, read no further than it may be long. @throws RestError 413 */
export async function readBytes({ headers, body }: Request): Promise<Uint8Array> {
  if (Number(headers.get("content-length")) > REST_BODY_MAX_BYTES) throw tooLong();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body as ReadableStream<Uint8Array> | null) ?? []) {
    length += chunk.byteLength;
    if (length > REST_BODY_MAX_BYTES) throw tooLong();
    chunks.push(chunk);
  }
  return joined(chunks);
}

const tooLong = () =>
  new RestError(413, `ERR max request size exceeded. Maximum request size is ${REST_BODY_MAX_BYTES} bytes.`);
