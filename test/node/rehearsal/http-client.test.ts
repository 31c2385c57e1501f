import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { BrokenConnection, LoadClient } from "../../../bench/load/http-client.ts";

/** Requests that the server has read and not answered, in their order. */
let open: { path: string; response: ServerResponse }[];
let server: ReturnType<typeof createServer>;
let url: string;

beforeEach(async () => {
  open = [];
  server = createServer((request, response) => void open.push({ path: request.url ?? "", response }));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** The request for `path`, once the server has read it: one that was broken off may arrive at any time, or never. */
async function arrived(path: string): Promise<ServerResponse> {
  const request = await vi.waitUntil(() => open.find((each) => each.path === path), 60_000);
  return request.response;
}

const get = (path: string, follows = false) => ({ method: "GET" as const, path, follows });

it("has no more requests under way than connections, and serves followers before newcomers", async () => {
  const client = new LoadClient(url, 1);
  const paths = ["/first", "/newcomer-1", "/newcomer-2", "/follower"];
  const answers = paths.map((path) => client.send(get(path, path === "/follower")));
  const order: string[] = [];
  for (let served = 0; served < paths.length; served++) {
    await vi.waitFor(() => expect(open).toHaveLength(1), 60_000);
    const { path, response } = open.pop()!;
    order.push(path);
    response.end("ok");
  }
  expect(order).toEqual(["/first", "/follower", "/newcomer-1", "/newcomer-2"]);
  const [first, ...waited] = await Promise.all(answers);
  expect(first).toMatchObject({ status: 200, body: "ok", code: null, retryAfterMs: null });
  for (const answer of waited) expect(answer.waitedMs).toBeGreaterThan(0);
  await client.close();
});

it("reads refusals, and calls an answer that is no problem document by its status", async () => {
  const client = new LoadClient(url, 2);
  const refused = client.send(get("/refused"));
  const broken = client.send(get("/proxy"));
  await vi.waitFor(() => expect(open).toHaveLength(2), 60_000);
  for (const { path, response } of open) {
    if (path === "/proxy")
      response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");
    else {
      const headers = { "content-type": "application/problem+json", "retry-after": "3" };
      response.writeHead(429, headers).end(JSON.stringify({ code: "rate_limited" }));
    }
  }
  expect(await refused).toMatchObject({ status: 429, code: "rate_limited", retryAfterMs: 3_000 });
  expect(await broken).toMatchObject({ status: 502, code: "http_502", retryAfterMs: null });
  await client.close();
});

it("tells a broken connection from an answer, breaks one on purpose, and goes on afterwards", async () => {
  const client = new LoadClient(url, 1);
  await expect(client.send({ ...get("/impatient"), breakAfterMs: 1 })).rejects.toThrow(BrokenConnection);
  const cut = client.send(get("/cut")).catch((error: unknown) => error);
  (await arrived("/cut")).destroy();
  expect(await cut).toBeInstanceOf(BrokenConnection);
  const next = client.send(get("/next"));
  (await arrived("/next")).end("ok");
  expect((await next).status).toBe(200);
  await client.close();
});

it("calls an unreachable server a broken connection", async () => {
  server.close();
  const client = new LoadClient("http://127.0.0.1:9", 1);
  await expect(client.send(get("/"))).rejects.toThrow(BrokenConnection);
  await client.close();
});
