import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "../../../scripts/port.ts";
import { startRedis } from "../../../scripts/serve/redis.ts";
import { RespClient } from "./resp-client.ts";

const PASSWORD = "correct horse";

/** A node of our own, which can be killed and started again on its data. */
export interface TestNode {
  /** Where HTTP is answered, and the token that it asks for. */
  rest(): { url: string; token: string };
  readonly port: number;
  readonly password: string;
  /** A client of its own. */
  connect(options?: { password?: string }): Redis;
  /** One that shows replies as they were said; it has given the password. */
  connectRaw(): Promise<RespClient>;
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

/** @param nodes how many nodes there are to be, at first and after each restart. */
export async function startTestNode(nodes?: number): Promise<TestNode> {
  const stateDir = await mkdtemp(join(tmpdir(), "spike-edge-redis-"));
  const launch = (port: number) =>
    startRedis({ stateDir, host: "127.0.0.1", port, password: PASSWORD, nodes, output: "inherit" });
  let server = await launch(await freePort());
  const clients: Redis[] = [];
  const kill = async () => {
    server.kill("SIGKILL");
    await server.exited;
  };
  return {
    rest: () => ({ url: `http://127.0.0.1:${server.otherPort}`, token: PASSWORD }),
    get port() {
      return server.port;
    },
    password: PASSWORD,
    connect({ password = PASSWORD } = {}) {
      const client = new Redis({
        host: "127.0.0.1",
        port: server.port,
        password,
        maxRetriesPerRequest: 0,
        retryStrategy: () => null,
      });
      client.on("error", () => undefined);
      clients.push(client);
      return client;
    },
    async connectRaw() {
      const client = await RespClient.connect(server.port);
      await client.send([["AUTH", PASSWORD]]);
      return client;
    },
    async crashAndRestart() {
      const { port } = server;
      await kill();
      server = await launch(port);
    },
    async stop() {
      for (const client of clients) client.disconnect();
      await kill();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
