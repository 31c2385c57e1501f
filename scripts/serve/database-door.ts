import type { D1Database, Fetcher } from "@cloudflare/workers-types";

/*
 * Stands between the Worker and its D1 when `startServer` is told so, for rehearsals: while it is shut, every call
 * fails as when the database cannot be reached, and while it sticks, every call waits first. The Worker knows nothing
 * of it. A second entrypoint, on a port of its own, shuts and opens it, and reads past it.
 */

interface DoorEnv {
  /** D1's service, as the Worker's own binding would call it. */
  DATABASE: Fetcher;
  /** The same database, to be asked directly. */
  DB: D1Database;
}

// Both entrypoints are the same isolate.
let shut = false;
let delayMs = 0;

export default {
  async fetch(request: Request, env: DoorEnv) {
    if (shut) throw new Error("the database is away");
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    // The types of the browser and of the platform do not know each other.
    return env.DATABASE.fetch(request as never);
  },
};

const SELECT_ORDERS = "SELECT * FROM orders WHERE spike_id = ? ORDER BY rowid";
const COUNT_ORDERS = "SELECT COUNT(*) AS orders FROM orders WHERE spike_id = ?";

/**
 * `PUT /shut`, `/open` and `/stick?ms=`; `GET /orders` and `/recorded`, of one `?spike=`, the orders as they were
 * inserted.
 */
export const Control = {
  async fetch(request: Request, { DB: database }: DoorEnv): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const spike = searchParams.get("spike") ?? "";
    switch (`${request.method} ${pathname}`) {
      case "PUT /shut":
      case "PUT /open":
      case "PUT /stick":
        shut = pathname === "/shut";
        delayMs = Number(searchParams.get("ms") ?? 0);
        return new Response(null, { status: 204 });
      case "GET /orders":
        return Response.json((await database.prepare(SELECT_ORDERS).bind(spike).all()).results);
      case "GET /recorded":
        return Response.json(await database.prepare(COUNT_ORDERS).bind(spike).first());
      default:
        return new Response(null, { status: 404 });
    }
  },
};
