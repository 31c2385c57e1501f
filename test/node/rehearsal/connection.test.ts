import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Connection } from "../../../bench/load/connection.ts";

/** The server reads nothing: a test says what it sends. */
let server: Server;
let socket: Socket;
let connection: Connection;
let answers: { status: number; body: string }[];

beforeEach(async () => {
  server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  connection = await Connection.open("127.0.0.1", (server.address() as AddressInfo).port);
  [socket] = (await accepted) as [Socket];
  answers = [];
  connection.heardBy({
    onAnswer: (_connection, _shot, status, body) => void answers.push({ status, body: body() }),
    onBreak: () => undefined,
  });
});

afterEach(() => {
  connection.close();
  socket.destroy();
  server.close();
});

/** Asks, sends these bytes, and hangs up, so that all that is ever heard has been heard. */
async function hear(...pieces: string[]) {
  connection.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"), { index: 0, since: 0 });
  socket.setNoDelay(true);
  for (const piece of pieces) {
    socket.write(piece, "latin1");
    await new Promise(setImmediate);
  }
  socket.end();
  await expect.poll(() => connection.isOpen).toBe(false);
  return answers;
}

it.each([
  ["204 No Content", ""],
  ["204 No Content", "Content-Length: 0\r\n"],
  ["304 Not Modified", 'ETag: "a"\r\n'],
  ["304 Not Modified", "Content-Length: 1024\r\n"],
  ["304 Not Modified", "Transfer-Encoding: chunked\r\n"],
])("takes %s with the headers %j for whole when its head has come", async (status, headers) => {
  const heard = await hear(`HTTP/1.1 ${status}\r\n${headers}`, "\r\n");
  expect(heard).toEqual([{ status: Number.parseInt(status), body: "" }]);
});

it.each([
  ["as long as announced", "Content-Length: 2\r\n", ["o", "k"], "ok"],
  [
    "up to its last chunk",
    "Transfer-Encoding: chunked\r\n",
    ["2\r\nok\r\n", "0\r\n\r\n"],
    "2\r\nok\r\n0\r\n\r\n",
  ],
])("waits for a body %s", async (_, headers, pieces, body) => {
  const heard = await hear(`HTTP/1.1 200 OK\r\n${headers}\r\n`, ...pieces);
  expect(heard).toEqual([{ status: 200, body }]);
});

it("hears nothing of an answer that was cut short", async () => {
  expect(await hear("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "o")).toEqual([]);
});
