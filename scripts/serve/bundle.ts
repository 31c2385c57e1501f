import { build } from "esbuild";

/** The platform's own modules, and Node's, which code in CommonJS asks for by `require`. */
const REQUIRE = `var require = (id) => {
  const builtin = process.getBuiltinModule(id);
  if (!builtin) throw Object.assign(new Error("Cannot find module '" + id + "'"), { code: "MODULE_NOT_FOUND" });
  return builtin;
};`;

/** Bundles a Worker into one module, as workerd does by itself for a configuration in its JSON form. */
export async function bundleWorker(main: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [main],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    conditions: ["workerd", "worker"],
    external: ["cloudflare:*"],
    banner: { js: REQUIRE },
    logLevel: "warning",
  });
}
