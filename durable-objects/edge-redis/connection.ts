import type { Client } from "./engine/client.ts";
import type { Engine } from "./engine/engine.ts";
import type { Dispatcher } from "./ring/dispatcher.ts";
import { toBytes } from "./resp/bytes.ts";
import { ProtocolError, RequestParser } from "./resp/request-parser.ts";
import { log, messageOf } from "../../workers/shared/log.ts";

/** Makes what happened durable; resolves when it is. */
export type Commit = () => Promise<void>;

type ConnectionDispatcher = Pick<Dispatcher, "close" | "isNeeded" | "run">;

type Read = { done: boolean; value?: Uint8Array | undefined };

/** Output that is sent although more commands have arrived, in bytes. */
const OUTPUT_SENT_AT_BYTES = 256 * 1024;

/** While a client has left so much unread, in bytes, nothing more of what it asks is executed. */
export const OUTPUT_UNREAD_MAX_BYTES = 32 * 1024 * 1024;
/** The same for who has not said the password. */
export const UNAUTHENTICATED_UNREAD_MAX_BYTES = 64 * 1024;
/** One that is told things without asking, as a listener or a replica, is cut off beyond so many bytes. */
export const PUSHED_UNREAD_MAX_BYTES = 64 * 1024 * 1024;

/** While a client waits for a key, it may send so many bytes ahead; more ends the connection, as in Redis. */
export const AHEAD_MAX_BYTES = 16 * 1024 * 1024;

/** Nobody reads what is written. That is the client's affair, and no fault. */
class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/** Tells one who is one too many that it is, and ends the connection. */
export async function refuseConnection(
  readable: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter();
  const said = writer.write(toBytes("-ERR max number of clients reached\r\n")).then(() => writer.close());
  // Who does not even read that is gone, or is nobody's concern.
  await Promise.all([said, readable.cancel()]).catch(() => undefined);
}

/**
 * One client's stream of commands and replies. What has arrived is executed at once, committed together,
 * and answered after the commit. While a command waits, or nothing comes, replies and messages are sent as
 * they come.
 */
export class Connection {
  readonly #engine: Engine;
  readonly #client: Client;
  readonly #commit: Commit;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #parser = new RequestParser(() => this.#client.isAuthenticated);
  readonly #dispatcher: ConnectionDispatcher;
  #sending: Promise<void> = Promise.resolve();
  #unreadBytes = 0;
  /** Rejects when the client is cut off. */
  readonly #cut = Promise.withResolvers<never>();
  /** Ends the wait for a blocked command or a closed client. */
  #wake: () => void = () => {};

  constructor(
    engine: Engine,
    dispatcherFor: (client: Client) => ConnectionDispatcher,
    commit: Commit,
    readable: ReadableStream<Uint8Array>,
    writable: WritableStream<Uint8Array>,
  ) {
    this.#engine = engine;
    this.#commit = commit;
    this.#cut.promise.catch(() => undefined);
    this.#client = engine.connect({ canWait: true });
    this.#client.reply.maxBytes = PUSHED_UNREAD_MAX_BYTES;
    this.#dispatcher = dispatcherFor(this.#client);
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
    this.#client.onOutput = () => {
      this.#flush();
      if (this.#unreadBytes > PUSHED_UNREAD_MAX_BYTES) this.#cutOff();
      this.#wake();
    };
  }

  /** Resolves when the connection is over, whoever ended it. */
  async serve(): Promise<void> {
    try {
      await this.#converse();
      this.#flush();
      await this.#sent();
    } catch (error) {
      if (error instanceof ClientGone) return;
      log.error("redis_connection_failed", { command: this.#client.lastCommand, message: messageOf(error) });
    } finally {
      this.#dispatcher.close();
      this.#engine.disconnect(this.#client);
      await Promise.race([this.#writer.close(), this.#cut.promise]).catch(() => undefined);
      await this.#reader.cancel().catch(() => undefined);
    }
  }

  async #converse(): Promise<void> {
    let reading = this.#read();
    while (!this.#client.isClosing) {
      const woken = new Promise<null>((resolve) => (this.#wake = () => resolve(null)));
      const read = await Promise.race([reading, woken]);
      if (read?.done) return;
      if (read?.value) {
        this.#parser.push(read.value);
        if (this.#client.isWaiting && this.#parser.waitingBytes > AHEAD_MAX_BYTES) return;
        reading = this.#read();
      }
      if (!(await this.#executeAll())) return;
    }
  }

  /** A client that went away in the middle of something has ended; what it had been told holds. */
  #read(): Promise<Read> {
    return this.#reader.read().catch(() => ({ done: true }));
  }

  /** Executes what has arrived, as far as nothing waits. False when the client speaks no RESP. */
  async #executeAll(): Promise<boolean> {
    const client = this.#client;
    try {
      while (!client.isWaiting && !client.isClosing) {
        const isDispatched = this.#dispatcher.isNeeded;
        if (isDispatched) await this.#dispatcher.run(() => this.#parser.next());
        else if (!this.#executeNext()) break;
        const unreadMaxBytes = client.isAuthenticated
          ? OUTPUT_UNREAD_MAX_BYTES
          : UNAUTHENTICATED_UNREAD_MAX_BYTES;
        if (client.reply.text.length > Math.min(OUTPUT_SENT_AT_BYTES, unreadMaxBytes)) this.#flush();
        if (this.#unreadBytes > unreadMaxBytes) await this.#sent();
        if (client.pauseMs > 0) await this.#pause();
        else if (isDispatched) break;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      client.reply.error(`ERR Protocol error: ${error.message}`);
      this.#flush();
      await this.#sent();
      return false;
    }
    this.#flush();
    return true;
  }

  #executeNext(): boolean {
    const command = this.#parser.next();
    if (command !== null) this.#engine.execute(this.#client, command);
    return command !== null;
  }

  async #write(output: string): Promise<void> {
    try {
      await this.#writer.write(toBytes(output));
    } catch {
      this.#client.isClosing = true;
      this.#wake();
      // What is still to be sent is not tried any more: a stream that was cut off may never answer.
      throw new ClientGone();
    }
  }

  #cutOff(): void {
    this.#client.isClosing = true;
    this.#cut.reject(new ClientGone());
    this.#writer.abort(new Error("the client does not read")).catch(() => undefined);
  }

  async #pause(): Promise<void> {
    const { pauseMs } = this.#client;
    this.#client.pauseMs = 0;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }

  /** Sends what there is to send, in order, after everything that led to it is on disk. */
  #flush(): void {
    const output = this.#client.takeOutput();
    this.#unreadBytes += output.length;
    const committed = this.#commit();
    this.#sending = this.#sending.then(async () => {
      await committed;
      if (output !== "") await this.#write(output);
      this.#unreadBytes -= output.length;
    });
    // Whoever waits for it hears of a failure; nobody has to.
    this.#sending.catch(() => undefined);
  }

  /** Resolves when all that was flushed is sent. A write that is under way when a client is cut off may never end. */
  #sent(): Promise<void> {
    return Promise.race([this.#sending, this.#cut.promise]);
  }
}
