import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";

/** D1 through drizzle. Cheap to make: it holds no connection. */
export function database(env: Pick<Env, "DB">): DrizzleD1Database {
  return drizzle(env.DB);
}
