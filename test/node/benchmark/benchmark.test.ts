import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBenchOptions } from "../../../bench/benchmark/options.ts";
import { SCENARIO_NAMES } from "../../../bench/benchmark/scenarios.ts";
import { fullCollectionsIn } from "../../../bench/load/collections.ts";
import { fire, requestBytes } from "../../../bench/load/volley.ts";
import { missingServices, startPeer } from "../../../bench/peer/peer.ts";
import { UsageError } from "../../../bench/command-line.ts";

describe("the benchmark's command line", () => {
  it("measures everything unless told", () => {
    expect(readBenchOptions([])).toEqual({ quick: false, only: null, reportsDir: "reports", json: false });
    for (const name of SCENARIO_NAMES)
      expect(readBenchOptions(["--only", name])).toMatchObject({ only: name });
    expect(readBenchOptions(["--help"])).toBe("help");
  });

  it("refuses what it does not know", () => {
    for (const args of [["--only=everything"], ["--only=wins", "--only=gates"], ["--rounds=3"], ["more"]]) {
      expect(() => readBenchOptions(args)).toThrow(UsageError);
    }
  });
});

describe("the log of a server that traces its garbage collections", () => {
  it("gives the pauses of the full ones alone", () => {
    const log = [
      "[1:0x5]    34181 ms: Scavenge 79.4 (107.8) -> 55.8 (108.7) MB, pooled: 0.0 MB, 10.53 / 0.00 ms (average mu = 0.98, current mu = 0.97) allocation failure; ",
      '{"level":"info","event":"ledger_created"}',
      "[1:0x5]    36217 ms: Mark-Compact 73.2 (114.8) -> 26.0 (114.3) MB, pooled: 0.0 MB, 285.28 / 0.00 ms (average mu = 0.97, current mu = 0.97) global allocation limit; GC in old space requested",
      "[1:0x5]    46218 ms: Mark-Compact (reduce) 73.2 (114.8) -> 26.0 (114.3) MB, pooled: 0.0 MB, 7 / 0.00 ms (average mu = 0.97, current mu = 0.97) idle",
    ];
    expect(fullCollectionsIn(log.join("\n"))).toEqual([285.28, 7]);
    expect(fullCollectionsIn("")).toEqual([]);
  });
});

describe("a volley", () => {
  const seen: { url: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      seen.push({ url: request.url, body });
      response.statusCode = request.url === "/no" ? 409 : 202;
      // With a length and in chunks: both are answers.
      if (request.url === "/chunked") response.write("a");
      response.end("b");
    });
  });
  let url = "";

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it("sends each request once and counts every answer", async () => {
    const paths = ["/yes", "/no", "/chunked", "/yes", "/no"];
    let sent = 0;
    const bodies: string[] = [];
    const result = await fire({
      url,
      connections: 2,
      next: () => {
        const path = paths[sent++];
        return path === undefined ? undefined : requestBytes("POST", path, {}, "{}");
      },
      onAnswer: (index, _status, body) => (bodies[index] = body()),
    });
    expect(result).toMatchObject({ answers: 5, statuses: { 202: 3, 409: 2 } });
    for (const path of paths) {
      const times = paths.filter((other) => other === path).length;
      expect(seen.filter((request) => request.url === path)).toHaveLength(times);
    }
    expect(seen.every(({ body }) => body === "{}")).toBe(true);
    expect(bodies[0]).toBe("b");
  });

  it("says when a connection breaks", async () => {
    const port = (server.address() as AddressInfo).port;
    const broken = createServer((request) => request.socket.destroy());
    await new Promise<void>((resolve) => broken.listen(0, "127.0.0.1", resolve));
    const address = broken.address() as AddressInfo;
    expect(address.port).not.toBe(port);
    const volley = {
      url: `http://127.0.0.1:${address.port}`,
      connections: 1,
      next: () => requestBytes("GET", "/", {}),
    };
    await expect(fire(volley)).rejects.toThrow(/broke/);
    broken.close();
  });
});

describe("the peer", () => {
  it("sells what there is, once a user, and records it", async (context) => {
    const missing = await missingServices();
    if (missing.length > 0) {
      if (process.env["CI"] === "true") throw new Error(`not reachable: ${missing.join(", ")}`);
      console.warn(`THE PEER IS NOT TESTED: ${missing.join(", ")} cannot be reached`);
      context.skip();
    }
    const peer = await startPeer();
    try {
      await peer.reset(3);
      const buy = async (user: string, key: string) => {
        const headers = { authorization: `Bearer ${peer.tokenFor(user)}`, "idempotency-key": key };
        const response = await fetch(`${peer.url}/purchases`, { method: "POST", headers });
        return {
          status: response.status,
          ...((await response.json()) as { orderId?: string; code?: string }),
        };
      };
      const first = await buy("a", "k");
      expect(first.status).toBe(202);
      expect(await buy("a", "k")).toMatchObject({ status: 202, orderId: first.orderId });
      expect(await buy("a", "other")).toMatchObject({ status: 409, code: "limit_reached" });
      await Promise.all([buy("b", "k"), buy("c", "k")]);
      expect(await buy("d", "k")).toMatchObject({ status: 409, code: "sold_out" });
      const stranger = await fetch(`${peer.url}/purchases`, { method: "POST" });
      expect(stranger.status).toBe(401);
      const session = await fetch(`${peer.url}/session`, {
        headers: { authorization: `Bearer ${peer.tokenFor("a")}` },
      });
      expect([session.status, await session.json()]).toEqual([200, { userId: "a" }]);
      expect((await fetch(`${peer.url}/session`)).status).toBe(401);
      // A repeated purchase is published again, and recorded once.
      await expect.poll(() => peer.recorded(), { timeout: 60_000 }).toBe(3);
      expect(peer.cpuSeconds()).toBeGreaterThan(0);
    } finally {
      await peer.stop();
    }
  });
});
