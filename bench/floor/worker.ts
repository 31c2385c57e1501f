import { DurableObject } from "cloudflare:workers";
import { importJWK, jwtVerify } from "jose";

/*
 * What a purchase cannot do without, each alone: answering, verifying a token, calling an object, and a
 * transaction of fifty rows. Nothing of the shop's own code.
 */

interface FloorEnv {
  FLOOR: DurableObjectNamespace<FloorObject>;
  /** base64url. */
  SECRET: string;
}

const BODY = JSON.stringify({
  ...{ orderId: "0123456789abcdefghijk-1z-0123456789", state: "reserved" },
  ...{ payBefore: "2026-11-11T12:05:00.000Z", poll: "/api/orders/0123456789abcdefghijk-1z-0123456789" },
});
const ROWS = 50;

export class FloorObject extends DurableObject<FloorEnv> {
  constructor(ctx: DurableObjectState, env: FloorEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c INTEGER)",
    );
  }

  async nothing(): Promise<void> {}

  /** Fifty rows in one statement, their values as JSON, which is the cheapest way in. */
  async insert(): Promise<void> {
    const rows = Array.from({ length: ROWS }, (_, row) => [crypto.randomUUID(), crypto.randomUUID(), row]);
    this.ctx.storage.sql.exec(
      "INSERT INTO rows (a, b, c) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)",
      JSON.stringify(rows),
    );
  }
}

let key: Promise<CryptoKey | Uint8Array> | undefined;

export default {
  async fetch(request: Request, env: FloorEnv): Promise<Response> {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/token": {
        key ??= importJWK({ kty: "oct", k: env.SECRET, alg: "HS256" });
        const token = request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
        await jwtVerify(token, await key, { algorithms: ["HS256"] });
        break;
      }
      case "/call":
        await object(env).nothing();
        break;
      case "/rows":
        await object(env).insert();
        break;
    }
    return new Response(BODY, { status: 202, headers: { "content-type": "application/json" } });
  },
};

const object = (env: FloorEnv) => env.FLOOR.get(env.FLOOR.idFromName("floor"));
