import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";
import { COMMANDS } from "../../../durable-objects/edge-redis/commands/table.ts";
import {
  AHEAD_MAX_BYTES,
  Connection,
  OUTPUT_UNREAD_MAX_BYTES,
  PUSHED_UNREAD_MAX_BYTES,
  refuseConnection,
  UNAUTHENTICATED_UNREAD_MAX_BYTES,
} from "../../../durable-objects/edge-redis/connection.ts";
import type { Client } from "../../../durable-objects/edge-redis/engine/client.ts";
import { Engine } from "../../../durable-objects/edge-redis/engine/engine.ts";
import { toBytes } from "../../../durable-objects/edge-redis/resp/bytes.ts";
import callbacks from "../../../durable-objects/edge-redis/scripting/callbacks.wasm";
import { Scripts } from "../../../durable-objects/edge-redis/scripting/scripts.ts";

const VALUE_BYTES = 1024 * 1024;
/** So many values, with their framing, are just more than may be left unread. */
const VALUES = OUTPUT_UNREAD_MAX_BYTES / VALUE_BYTES;
const MESSAGES = PUSHED_UNREAD_MAX_BYTES / VALUE_BYTES;
const NO_AUTH = "-NOAUTH Authentication required.\r\n";
/** So many refusals, of those that arrive at once, are just more than may be left unread. */
const UNAUTHENTICATED_EXECUTED = Math.floor(UNAUTHENTICATED_UNREAD_MAX_BYTES / NO_AUTH.length) + 1;
/** All keys are here. */
const ALONE = { isNeeded: false, run: () => Promise.resolve(), close: () => undefined };

/** A client that sends, and reads as much as it wants to. */
function open(password: string | null = null) {
  const engine = new Engine(COMMANDS, new Scripts({ lua, callbacks }), () => Date.now(), password);
  const trusted = engine.connect({ canWait: false, isTrusted: true });
  engine.execute(trusted, ["SET", "big", "x".repeat(VALUE_BYTES)]);
  const incoming = new TransformStream<Uint8Array, Uint8Array>();
  const outgoing = new TransformStream<Uint8Array, Uint8Array>();
  const over = new Connection(
    engine,
    () => ALONE,
    () => Promise.resolve(),
    incoming.readable,
    outgoing.writable,
  ).serve();
  const writer = incoming.writable.getWriter();
  const reader = outgoing.readable.getReader();
  return {
    engine,
    over,
    run: (...command: string[]) => engine.execute(trusted, command),
    send: (text: string) => writer.write(toBytes(text)),
    close: () => writer.close(),
    abort: () => writer.abort(new Error("reset by peer")),
    read: () => reader.read(),
    stopReading: () => reader.cancel(new Error("reset by peer")),
  };
}

it("executes no more for one who does not read what was answered, and goes on when it does", async () => {
  const { engine, over, send, read, close } = open();
  await send("GET big\r\n".repeat(VALUES * 3));
  await vi.waitFor(() => expect(engine.commandsProcessed).toBeGreaterThan(VALUES), { timeout: 60_000 });
  // Whatever could still happen by itself.
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(engine.commandsProcessed).toBeLessThan(VALUES + 5);
  const closed = close();
  let received = 0;
  for (let chunk = await read(); !chunk.done; chunk = await read()) received += chunk.value.length;
  expect(received).toBeGreaterThanOrEqual(VALUES * 3 * VALUE_BYTES);
  await Promise.all([over, closed]);
});

it("keeps next to nothing for one who has not said the password", async () => {
  const { engine, over, send, read, close } = open("secret");
  const stranger = [...engine.clients.values()].at(-1) as Client;
  const asked = vi.spyOn(engine, "execute");
  const commands = 10_000;
  await send("PING\r\n".repeat(commands));
  await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(UNAUTHENTICATED_EXECUTED), { timeout: 60_000 });
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(asked).toHaveBeenCalledTimes(UNAUTHENTICATED_EXECUTED);
  expect(stranger.isAuthenticated).toBe(false);
  const closed = close();
  let received = 0;
  for (let chunk = await read(); !chunk.done; chunk = await read()) received += chunk.value.length;
  expect(received).toBe(commands * NO_AUTH.length);
  await Promise.all([over, closed]);
});

it("says to one who is one too many that it is", async () => {
  const [incoming, outgoing] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()];
  const refused = refuseConnection(incoming.readable, outgoing.writable);
  expect(await new Response(outgoing.readable).text()).toBe("-ERR max number of clients reached\r\n");
  await refused;
});

it("says what is published to oneself once, whatever becomes of the command", async () => {
  const { over, send, read, close } = open();
  const script = "redis.call('publish', 'c', 'message') error('no')";
  await send("HELLO 3\r\nSUBSCRIBE c\r\n");
  const sent = send(`ECHO before\r\nEVAL "${script}" 0\r\nECHO after\r\n`);
  let said = "";
  while (!said.includes("after")) said += new TextDecoder().decode((await read()).value);
  expect(said.match(/before/g)).toHaveLength(1);
  expect(said).toMatch(/before[^]*message\r\n-ERR user_script:1: no [^]*after/);
  await Promise.all([sent, close(), over]);
});

it("cuts off a listener who does not read", async () => {
  const { engine, over, run, send } = open();
  await send("SUBSCRIBE news\r\n");
  await vi.waitFor(() => expect(engine.pubSub.listeners("news")).toBe(1), { timeout: 60_000 });
  // The reply is being written by now, and will be for ever.
  await new Promise((resolve) => setTimeout(resolve, 0));
  const message = "x".repeat(VALUE_BYTES);
  for (let sent = 0; sent < MESSAGES - 1; sent++) run("PUBLISH", "news", message);
  expect(engine.clients.size).toBe(2);
  for (let sent = 0; sent < 3; sent++) run("PUBLISH", "news", message);
  await over;
  expect(engine.clients.size).toBe(1);
  expect(engine.pubSub.listeners("news")).toBe(0);
});

it("lets one who waits send so much ahead, and no more", async () => {
  const { engine, over, send } = open();
  await send("BLPOP list 0\r\n");
  await vi.waitFor(() => expect(engine.commandsProcessed).toBe(2), { timeout: 60_000 });
  // The beginning of a command that never ends.
  const head = `*1\r\n$${AHEAD_MAX_BYTES * 2}\r\n`;
  await send(head + "x".repeat(AHEAD_MAX_BYTES - head.length));
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(engine.clients.size).toBe(2);
  await Promise.all([send("x"), over]);
  expect(engine.clients.size).toBe(1);
});

describe("what ends a connection", () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  beforeEach(() => error.mockClear());
  afterAll(() => error.mockRestore());

  it("is said when it is the engine's fault", async () => {
    const { engine, over, read, send } = open();
    vi.spyOn(engine, "execute").mockImplementation(() => {
      throw new TypeError("a bug");
    });
    await Promise.all([send("PING\r\n"), read(), over]);
    expect(error).toHaveBeenCalledTimes(1);
    expect(error.mock.calls[0]?.[0]).toMatch(/"redis_connection_failed".*"a bug"/);
  });

  it("is not worth a line when the client stops sending, or reading", async () => {
    const gone = open();
    await Promise.all([gone.stopReading(), gone.abort(), gone.over]);
    const deaf = open();
    await Promise.all([deaf.stopReading(), deaf.send("PING\r\n"), deaf.over]);
    expect(error).not.toHaveBeenCalled();
  });
});
