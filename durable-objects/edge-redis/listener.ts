import type { Engine } from "./engine/engine.ts";
import { toBytes } from "./resp/bytes.ts";

/** What a listener may leave unread, in bytes; who falls farther behind is cut off, as Redis does. */
export const UNREAD_MAX_BYTES = 8 * 1024 * 1024;

/**
 * What a client hears that only listens: the answers to its commands and then the messages, in RESP2, until it
 * stops reading.
 * @param commands SUBSCRIBE and the like.
 */
export function listen(engine: Engine, commands: readonly string[][]): ReadableStream<Uint8Array> {
  const client = engine.connect({ canWait: true, isTrusted: true });
  return new ReadableStream(
    {
      type: "bytes",
      start(controller: ReadableByteStreamController) {
        client.onOutput = () => {
          const output = client.takeOutput();
          if (client.isClosing) {
            engine.disconnect(client);
            controller.error(new Error("The listener was closed"));
            return;
          }
          if (output === "") return;
          controller.enqueue(toBytes(output));
          if ((controller.desiredSize ?? 0) > 0) return;
          engine.disconnect(client);
          controller.error(new Error("The listener does not keep up"));
        };
        for (const command of commands) engine.execute(client, command);
        client.onOutput();
      },
      cancel: () => engine.disconnect(client),
    },
    { highWaterMark: UNREAD_MAX_BYTES },
  );
}
