import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";

/*
 * Webhook receivers that mean no good, on one HTTP server of this machine. Each is a path.
 */

const CHUNK = Buffer.alloc(65_536, "x");
const GIGABYTE = 2 ** 30;
/** Pause between the bytes of one that answers byte by byte, in milliseconds. */
const DRIP_MS = 100;
/** A hundred megabytes in a hundred kilobytes. */
const BOMB = gzipSync(Buffer.alloc(100_000_000));

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export const HOSTILE: Record<string, Answer> = {
  "never-answers": () => undefined,
  "drips-its-headers": (_, { socket }) => {
    socket?.write("HTTP/1.1 200 OK\r\nX: ");
    drip(socket, () => socket?.write("x"));
  },
  "drips-its-refusal": (_, response) => {
    response.writeHead(500);
    drip(response.socket, () => response.write("x"));
  },
  "never-ends": (_, response) => pour(response.writeHead(500), Number.POSITIVE_INFINITY),
  "never-ends-its-thanks": (_, response) => pour(response.writeHead(200), Number.POSITIVE_INFINITY),
  "sends-a-gigabyte": (_, response) =>
    pour(response.writeHead(503, { "content-length": GIGABYTE }), GIGABYTE),
  "sends-a-bomb": (_, response) => response.writeHead(500, { "content-encoding": "gzip" }).end(BOMB),
  "sends-endless-headers": (_, { socket }) => {
    socket?.write("HTTP/1.1 200 OK\r\n");
    for (let n = 0; n < 100; n++) socket?.write(`X-${n}: ${"x".repeat(8_000)}\r\n`);
  },
  "continues-for-ever": (_, { socket }) => drip(socket, () => socket?.write("HTTP/1.1 100 Continue\r\n\r\n")),
  "redirects-to-itself": ({ url }, response) => response.writeHead(307, { location: url }).end(),
  "redirects-to-the-cloud": (_, response) =>
    response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end(),
  "redirects-to-this-machine": (_, response) => response.writeHead(308, { location: "/stolen" }).end(),
  "is-gone": (_, response) => response.writeHead(410).end(),
  "is-busy": (_, response) => response.writeHead(429, { "retry-after": "600" }).end(),
  "hangs-up": (_, { socket }) => socket?.resetAndDestroy(),
  "breaks-off": (_, { socket }) => socket?.end("HTTP/1.1 20"),
  "speaks-no-http": (_, { socket }) => socket?.end("\0\u0001 what?\r\n\r\n"),
  "complains-in-bytes": (_, response) => response.writeHead(500).end(Buffer.from([97, 0, 255, 27, 10, 123])),
};

/** Writes a little again and again until the connection is gone. */
function drip(socket: Socket | null, write: () => void): void {
  const timer = setInterval(write, DRIP_MS);
  socket?.once("close", () => clearInterval(timer));
}

/** Writes as fast as the other side reads, up to `bytes`. */
function pour(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const go = () => {
    while (left > 0 && !response.destroyed) {
      left -= CHUNK.length;
      if (!response.write(CHUNK)) return void response.once("drain", go);
    }
    response.end();
  };
  go();
}

/** What came of the receivers of one server. */
export interface Receivers {
  url: string;
  /** How often each path was asked. */
  asked: Map<string, number>;
  close: () => void;
}

/** All hostile ones, and `answer` for every other path; `answer` gets the body. */
export async function startReceivers(
  answer: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<Receivers> {
  const asked = new Map<string, number>();
  const listen: RequestListener = (request, response) => {
    const name = request.url?.slice(1) ?? "";
    asked.set(name, (asked.get(name) ?? 0) + 1);
    void bodyOf(request).then((body) => {
      const hostile = HOSTILE[name];
      if (hostile) hostile(request, response);
      else answer(request, body, response);
    });
  };
  const server = createServer(listen);
  server.on("connection", (socket) => {
    // It is us who are left hanging.
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
