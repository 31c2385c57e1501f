import { env } from "cloudflare:workers";

/** A question that nobody answers. */
const never = () => new Promise<never>(() => undefined);
const unanswered = { bind: () => ({ all: never, raw: never, run: never, first: never }) };

/** The environment with a D1 that counts the statements it is asked, or that is down, or never answers. */
export function observedDatabase(mode: "counting" | "down" | "stuck" = "counting") {
  let statements = 0;
  const observe = <Target extends D1Database | D1DatabaseSession>(database: Target): Target =>
    new Proxy(database, {
      get(target, property) {
        const value = Reflect.get(target, property) as unknown;
        if (property === "prepare") {
          statements += 1;
          if (mode === "down") throw new Error("D1 is down");
          if (mode === "stuck") return () => unanswered;
        }
        if (property === "batch" && mode === "stuck") return never;
        if (property === "withSession") {
          return (bookmark?: string) => observe((target as D1Database).withSession(bookmark));
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  return { env: { ...env, DB: observe(env.DB) }, statements: () => statements };
}
