import { connect, type Socket } from "node:net";

/** A request on its way. */
export interface Shot {
  index: number;
  /** What its latency counts from. */
  since: number;
}

/** Who hears of what comes back. */
export interface Listener {
  onAnswer: (connection: Connection, shot: Shot, status: number, body: () => string) => void;
  onBreak: (why: string) => void;
}

const HEAD_END = "\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
/** "HTTP/1.1 202": where the status stands. */
const STATUS_AT = 9;
const STATUS_DIGITS = 3;
/** No Content and Not Modified: these end with their head, whatever it says of a length (RFC 9112, section 6.3). */
const BODILESS_STATUSES = new Set([204, 304]);

/** One keep-alive connection, one request at a time. Of an answer only what is asked for is read. */
export class Connection {
  readonly #socket: Socket;
  #listener: Listener | undefined;
  #shot: Shot | undefined;
  #received: Buffer | undefined;

  static async open(host: string, port: number): Promise<Connection> {
    return new Connection(await openSocket(host, port));
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.#listener?.onBreak(error.message));
    socket.on("close", () => {
      if (this.#shot) this.#listener?.onBreak("closed before the answer");
    });
  }

  /** From now on this one hears of answers; between two volleys nobody. */
  heardBy(listener: Listener | undefined): void {
    this.#listener = listener;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  send(bytes: Buffer, shot: Shot): void {
    this.#shot = shot;
    this.#socket.write(bytes);
  }

  close(): void {
    this.#shot = undefined;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const received = this.#received ? Buffer.concat([this.#received, chunk]) : chunk;
    const headEnd = received.indexOf(HEAD_END);
    const shot = this.#shot;
    const status = Number(received.toString("latin1", STATUS_AT, STATUS_AT + STATUS_DIGITS));
    if (headEnd < 0 || !shot || !isComplete(received, headEnd, status)) {
      this.#received = received;
      return;
    }
    this.#received = undefined;
    this.#shot = undefined;
    const body = () => received.toString("utf8", headEnd + HEAD_END.length);
    this.#listener?.onAnswer(this, shot, status, body);
  }
}

/** So many connections to one server. */
export async function openConnections(url: string, count: number): Promise<Connection[]> {
  const { hostname, port } = new URL(url);
  return await Promise.all(Array.from({ length: count }, () => Connection.open(hostname, Number(port))));
}

/** Whether the whole body has come: none where there is none, as long as announced, or up to the last chunk. */
function isComplete(received: Buffer, headEnd: number, status: number): boolean {
  if (BODILESS_STATUSES.has(status)) return true;
  const length = CONTENT_LENGTH.exec(received.toString("latin1", 0, headEnd))?.[1];
  if (length !== undefined) return received.length >= headEnd + HEAD_END.length + Number(length);
  return received.subarray(-LAST_CHUNK.length).toString("latin1") === LAST_CHUNK;
}

function openSocket(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
