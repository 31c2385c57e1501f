import { copyFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { type CapnpValue, Embed } from "./capnp.ts";

/** The platform's own modules, and Node's, which code in CommonJS asks for by `require`. */
const REQUIRE = `var require = (id) => {
  const builtin = process.getBuiltinModule(id);
  if (!builtin) throw Object.assign(new Error("Cannot find module '" + id + "'"), { code: "MODULE_NOT_FOUND" });
  return builtin;
};`;

/** Puts WebAssembly modules beside the bundle, which imports them from there, and notes their names. */
function keepWasmApart(folder: string, names: string[]): Plugin {
  return {
    name: "wasm",
    setup(bundler) {
      bundler.onResolve({ filter: /\.wasm$/ }, async ({ path, pluginData, ...from }) => {
        // Our own question for the file comes back here.
        if (pluginData === "wasm") return null;
        const found = await bundler.resolve(path, { ...from, pluginData: "wasm" });
        if (found.errors.length > 0) return { errors: found.errors };
        const name = basename(found.path);
        await copyFile(found.path, join(folder, name));
        if (!names.includes(name)) names.push(name);
        return { path: `./${name}`, external: true };
      });
    },
  };
}

/**
 * Bundles a Worker into one module, as workerd does by itself for a configuration in its JSON form, with the
 * WebAssembly that it needs beside it. Returns the modules for workerd's configuration in the same folder.
 */
export async function bundleWorker(main: string, outfile: string): Promise<CapnpValue[]> {
  const wasm: string[] = [];
  await build({
    entryPoints: [main],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    conditions: ["workerd", "worker"],
    external: ["cloudflare:*"],
    plugins: [keepWasmApart(dirname(outfile), wasm)],
    banner: { js: REQUIRE },
    logLevel: "warning",
  });
  const bundle = basename(outfile);
  return [
    { name: bundle, esModule: new Embed(bundle) },
    ...wasm.map((name) => ({ name, wasm: new Embed(name) })),
  ];
}
