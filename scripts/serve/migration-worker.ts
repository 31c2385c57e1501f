import type { D1Database } from "@cloudflare/workers-types";

/** One file of `migrations/d1`. */
export interface Migration {
  name: string;
  statements: string[];
}

interface MigrationEnv {
  DB: D1Database;
  /** `Migration[]` as JSON. */
  MIGRATIONS: string;
}

/** The table in which wrangler notes what it has applied, so that either tool may go on after the other. */
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** A Worker that applies the migrations it was configured with, each in one transaction, and names the new ones. */
export default {
  async fetch(_request: Request, env: MigrationEnv): Promise<Response> {
    await env.DB.prepare(CREATE_TABLE).run();
    const known = await env.DB.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
    const done = new Set(known.results.map((row) => row.name));
    const applied: string[] = [];
    for (const { name, statements } of JSON.parse(env.MIGRATIONS) as Migration[]) {
      if (done.has(name)) continue;
      await env.DB.batch([
        ...statements.map((statement) => env.DB.prepare(statement)),
        env.DB.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
      ]);
      applied.push(name);
    }
    return Response.json({ applied });
  },
};
