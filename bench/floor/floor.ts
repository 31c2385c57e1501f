import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { importJWK, SignJWT } from "jose";
import { readWranglerFile } from "../../scripts/serve/config.ts";
import { cpuSeconds } from "../../scripts/serve/process-stats.ts";
import { startWorkerd } from "../../scripts/serve/workerd.ts";
import { makeTemporaryFolder } from "../../scripts/temporary-folder.ts";
import { fire, requestBytes } from "../load/volley.ts";
import { exitWhenInterrupted } from "../interrupts.ts";

/** Processor time of what a purchase cannot do without, in milliseconds each. */
export interface Floor {
  response: number;
  token: number;
  call: number;
  rows: number;
  /** A response, a token, and a fiftieth of a call and of a transaction of fifty rows. */
  purchase: number;
}

export interface FloorServer {
  measure: (requests: number) => Promise<Floor>;
  stop: () => Promise<void>;
}

const CONNECTIONS = 256;
const PURCHASES_PER_CALL = 50;
const SECRET_BYTES = 32;
/** Tokens that are verified in turn; none is remembered. */
const TOKENS = 1_000;

/** A workerd with bare Workers. */
export async function startFloor(): Promise<FloorServer> {
  const release = exitWhenInterrupted();
  const folder = await makeTemporaryFolder("floor");
  const configFile = join(folder.path, "wrangler.json");
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const { compatibility_date } = await readWranglerFile();
  const config = {
    name: "floor",
    main: join(import.meta.dirname, "worker.ts"),
    compatibility_date,
    vars: { SECRET: secret },
    durable_objects: { bindings: [{ name: "FLOOR", class_name: "FloorObject" }] },
    migrations: [{ tag: "v1", new_sqlite_classes: ["FloorObject"] }],
  };
  await writeFile(configFile, JSON.stringify(config));
  const workerd = await startWorkerd({ configFile, host: "127.0.0.1", port: 0, output: "inherit" });
  const url = `http://127.0.0.1:${workerd.port}`;
  const tokens = await makeTokens(secret);
  const cost = async (path: string, requests: number): Promise<number> => {
    let sent = 0;
    const before = cpuSeconds(workerd.pid) ?? Number.NaN;
    const next = () =>
      sent < requests
        ? requestBytes("POST", path, { authorization: `Bearer ${tokens[sent++ % TOKENS] ?? ""}` })
        : undefined;
    await fire({ url, connections: CONNECTIONS, next });
    return (((cpuSeconds(workerd.pid) ?? Number.NaN) - before) * 1_000) / requests;
  };
  return {
    async measure(requests) {
      const response = await cost("/", requests);
      const token = (await cost("/token", requests)) - response;
      const call = (await cost("/call", requests / 2)) - response;
      const rows = (await cost("/rows", requests / 10)) - response - call;
      const purchase = response + token + (call + rows) / PURCHASES_PER_CALL;
      return { response, token, call, rows, purchase };
    },
    stop: async () => {
      workerd.kill("SIGKILL");
      await workerd.exited;
      await folder.remove();
      release();
    },
  };
}

async function makeTokens(secret: string): Promise<string[]> {
  const key = await importJWK({ kty: "oct", k: secret, alg: "HS256" });
  const now = Math.floor(Date.now() / 1_000);
  const make = (index: number) =>
    new SignJWT({ role: "shopper", tier: 1, reg: now })
      .setProtectedHeader({ alg: "HS256", kid: "bench" })
      .setSubject(`shopper-${index}`)
      .setIssuedAt(now)
      .setExpirationTime(now + 7_200)
      .sign(key);
  return Promise.all(Array.from({ length: TOKENS }, (_, index) => make(index)));
}
