import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";

/** D1 through drizzle. Cheap to make: it holds no connection. */
export function database(env: Pick<Env, "DB">): DrizzleD1Database {
  return drizzle(env.DB);
}

/** Any copy of the database will do. */
const NEAREST = "first-unconstrained";

/**
 * For reading alone, and only what may be a little old: the nearest copy answers, which may lag behind the
 * database itself. What must be as it is now reads `database`.
 */
export function nearestDatabase(env: Pick<Env, "DB">): DrizzleD1Database {
  return drizzle(asDatabase(readSession(env, null)));
}

/**
 * A session with the copies of the database (D1's Sessions API): what it reads is never older than its
 * bookmark, and its own bookmark moves on with what it reads.
 * @param bookmark where an earlier session ended, or `first-primary` for the database itself; null for
 *   the nearest copy, however old.
 */
export function readSession(env: Pick<Env, "DB">, bookmark: string | null): D1DatabaseSession {
  return env.DB.withSession(bookmark ?? NEAREST);
}

/** A session has all of a database that a query builder uses: `prepare` and `batch`. */
export function asDatabase(session: D1DatabaseSession): D1Database {
  return session as unknown as D1Database;
}
