import { connect, type Socket } from "node:net";
import { once } from "node:events";

/** What a server said: nested arrays of texts, with the mark of their type in front. */
export type Said = string | Said[];

const CRLF = "\r\n";

/** A client that hides nothing: it keeps every reply as it was said, with its type. Texts are Latin-1. */
export class RespClient {
  readonly #socket: Socket;
  #received = "";
  #at = 0;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      this.#received += chunk;
      this.#wake();
    });
    socket.on("close", () => this.#wake());
  }

  static async connect(port: number, host = "127.0.0.1"): Promise<RespClient> {
    const socket = connect({ port, host, noDelay: true });
    await once(socket, "connect");
    return new RespClient(socket);
  }

  /** Sends commands in one piece and returns their replies. */
  async send(commands: readonly (readonly string[])[]): Promise<Said[]> {
    this.#socket.write(commands.map(encode).join(""), "latin1");
    const replies: Said[] = [];
    while (replies.length < commands.length) {
      const reply = this.#take();
      if (reply !== null) replies.push(reply);
      else if (this.#socket.destroyed) throw new Error(`closed after ${replies.length} replies`);
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    this.#received = this.#received.slice(this.#at);
    this.#at = 0;
    return replies;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The next whole reply; null while it has not all arrived. */
  #take(): Said | null {
    const from = this.#at;
    const reply = this.#read();
    if (reply === null) this.#at = from;
    return reply;
  }

  #read(): Said | null {
    const end = this.#received.indexOf(CRLF, this.#at);
    if (end < 0) return null;
    const line = this.#received.slice(this.#at, end);
    const [type = ""] = line;
    this.#at = end + CRLF.length;
    const length = Number(line.slice(1));
    if ("$=".includes(type) && length >= 0) return this.#readBytes(type, length);
    if ("*%~>".includes(type) && length >= 0)
      return this.#readElements(type, type === "%" ? length * 2 : length);
    return line;
  }

  #readBytes(type: string, length: number): string | null {
    if (this.#received.length < this.#at + length + CRLF.length) return null;
    const bytes = this.#received.slice(this.#at, this.#at + length);
    this.#at += length + CRLF.length;
    return type + bytes;
  }

  #readElements(type: string, count: number): Said[] | null {
    const elements: Said[] = [type];
    for (let read = 0; read < count; read++) {
      const element = this.#read();
      if (element === null) return null;
      elements.push(element);
    }
    return elements;
  }
}

function encode(args: readonly string[]): string {
  return `*${args.length}${CRLF}${args.map((arg) => `$${arg.length}${CRLF}${arg}${CRLF}`).join("")}`;
}
