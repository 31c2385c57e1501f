import { joined } from "../../shared/redis/encode.ts";
import { parseArrived, type Reply } from "../../shared/redis/replies.ts";

const utf8 = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Turns what a listener hears, arrays in RESP2 however they are cut, into server-sent events as Upstash
 * writes them: `data: message,channel,text`.
 */
export function toEventStream(heard: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = heard.getReader();
  let arrived: Uint8Array = new Uint8Array(0);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      // A piece that completes no message must not end the pulling: nothing would ask for the next one.
      for (;;) {
        const { done, value } = (await reader.read()) as { done: boolean; value?: Uint8Array };
        if (done || !value) return controller.close();
        const { replies, rest } = parseArrived(joined([arrived, value]), (bytes) => utf8.decode(bytes));
        arrived = rest;
        if (replies.length === 0) continue;
        controller.enqueue(encoder.encode(replies.map(toEvent).join("")));
        return;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function toEvent(reply: Reply): string {
  const text = Array.isArray(reply) ? reply.join(",") : String(reply);
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${lines.join("")}\n`;
}
