import { expect, it } from "vitest";
import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";
import { COMMANDS } from "../../../durable-objects/edge-redis/commands/table.ts";
import { Engine } from "../../../durable-objects/edge-redis/engine/engine.ts";
import { listen, UNREAD_MAX_BYTES } from "../../../durable-objects/edge-redis/listener.ts";
import callbacks from "../../../durable-objects/edge-redis/scripting/callbacks.wasm";
import { Scripts } from "../../../durable-objects/edge-redis/scripting/scripts.ts";

const SUBSCRIBED = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";

function start() {
  const engine = new Engine(COMMANDS, new Scripts({ lua, callbacks }), () => Date.now());
  const publisher = engine.connect({ canWait: false });
  const reader = listen(engine, [["SUBSCRIBE", "c"]]).getReader();
  return {
    /** How many heard it. */
    publish(message: string): string {
      engine.execute(publisher, ["PUBLISH", "c", message]);
      return publisher.takeOutput();
    },
    async read(): Promise<string> {
      const { value } = (await reader.read()) as { value?: Uint8Array };
      return new TextDecoder().decode(value);
    },
    cancel: () => reader.cancel(),
  };
}

const messageOf = (text: string) => `*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$${text.length}\r\n${text}\r\n`;

it("hears the answer to its command and then the messages, until it stops reading", async () => {
  const listener = start();
  expect(await listener.read()).toBe(SUBSCRIBED);
  expect(listener.publish("hello")).toBe(":1\r\n");
  expect(await listener.read()).toBe(messageOf("hello"));
  await listener.cancel();
  expect(listener.publish("hello")).toBe(":0\r\n");
});

it("may leave messages unread up to a limit, beyond which it is cut off", async () => {
  const frame = messageOf("x".repeat(UNREAD_MAX_BYTES)).length - UNREAD_MAX_BYTES;
  const room = UNREAD_MAX_BYTES - SUBSCRIBED.length - frame;
  const keeping = start();
  expect(keeping.publish("x".repeat(room - 1))).toBe(":1\r\n");
  expect((await keeping.read()).startsWith(SUBSCRIBED)).toBe(true);
  expect(keeping.publish("y")).toBe(":1\r\n");
  const behind = start();
  expect(behind.publish("x".repeat(room))).toBe(":1\r\n");
  expect(behind.publish("y")).toBe(":0\r\n");
  await expect(behind.read()).rejects.toThrow("does not keep up");
});
