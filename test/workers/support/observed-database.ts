import { env } from "cloudflare:workers";

/** The environment with a D1 that counts the statements it is asked, or that is down. */
export function observedDatabase(mode: "counting" | "down" = "counting") {
  let statements = 0;
  const DB = new Proxy(env.DB, {
    get(target, property) {
      const value = Reflect.get(target, property) as unknown;
      if (property === "prepare") {
        statements += 1;
        if (mode === "down") throw new Error("D1 is down");
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { env: { ...env, DB }, statements: () => statements };
}
