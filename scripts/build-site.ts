import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildOptions, build as bundle } from "esbuild";
import { type AssetNames, ASSET_NAMES_PATH, type PageScript } from "../workers/pages/asset-names.ts";
import type { StaticFile, staticSite } from "../workers/pages/static-pages.tsx";
import { inProject } from "./project.ts";
import { makeTemporaryFolder } from "./temporary-folder.ts";

interface StaticPages {
  staticSite: typeof staticSite;
}

const PUBLIC = inProject("public");
/** Everything here is named after its content, see `_headers`. */
const SITE = "assets/site";
const SCRIPTS: PageScript[] = ["list", "sale", "account", "orders", "order", "admin"];
const STYLES = "client/styles/main.css";
const ADMIN_STYLES = "client/styles/admin.css";
/** What the supported browsers have in common: two years old at most when this was written. */
const TARGET = ["es2022", "chrome111", "firefox114", "safari16.4"];

const OPTIONS: BuildOptions = {
  absWorkingDir: inProject("."),
  bundle: true,
  minify: true,
  format: "esm",
  target: TARGET,
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  write: false,
  outdir: join(PUBLIC, SITE),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  jsx: "automatic",
  logLevel: "warning",
};

/**
 * Bundles the browser's code and styles into `public/assets/site`, and writes the pages that are the same
 * for everyone as files. Two builds at once, or a server that reads meanwhile, find complete files only.
 */
export async function buildSite(): Promise<void> {
  const outputs = new Map<string, Uint8Array>();
  const styles = await bundleEntry(STYLES, outputs);
  const adminStyles = await bundleEntry(ADMIN_STYLES, outputs);
  const challenge = {
    ALTCHA_STYLES: await bundleEntry("client/styles/challenge.css", outputs),
    ALTCHA_WORKER: await bundleEntry("node_modules/altcha/dist/workers/pbkdf2.js", outputs),
  };
  // One by one, so that each page has one script of its own and nothing else to wait for.
  const scripts = await Promise.all(
    SCRIPTS.map(
      async (name) => [name, await bundleEntry(`client/pages/${name}.ts`, outputs, challenge)] as const,
    ),
  );
  const font = [...outputs.keys()].find((path) => extname(path) === ".woff2");
  if (font === undefined) throw new Error(`${STYLES} names no font`);
  const names: AssetNames = {
    styles,
    adminStyles,
    font: addressOf(font),
    scripts: Object.fromEntries(scripts) as AssetNames["scripts"],
  };
  for (const { path, text } of await renderStaticSite(names)) outputs.set(join(PUBLIC, path), encode(text));
  outputs.set(join(PUBLIC, ASSET_NAMES_PATH), encode(JSON.stringify(names)));
  await Promise.all([...outputs].map(([path, bytes]) => writeWhole(path, bytes)));
  await removeOthers(join(PUBLIC, SITE), new Set([...outputs.keys()].map((path) => basename(path))));
}

/**
 * Bundles one entry, adds what came out to `outputs`, and returns the entry's address.
 * @param addresses of other files, by the names under which the code knows them.
 */
async function bundleEntry(
  entry: string,
  outputs: Map<string, Uint8Array>,
  addresses: Record<string, string> = {},
): Promise<string> {
  const define = Object.fromEntries(
    Object.entries(addresses).map(([name, at]) => [name, JSON.stringify(at)]),
  );
  const { outputFiles = [], metafile } = await bundle({
    ...OPTIONS,
    define,
    entryPoints: [entry],
    splitting: true,
  });
  for (const { path, contents } of outputFiles) outputs.set(path, contents);
  const [path] =
    Object.entries(metafile?.outputs ?? {}).find(([, { entryPoint }]) => entryPoint === entry) ?? [];
  if (path === undefined) throw new Error(`${entry} was not bundled`);
  return addressOf(path);
}

const addressOf = (path: string): string => `/${SITE}/${basename(path)}`;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The views are TSX, which Node does not run by itself. */
async function renderStaticSite(names: AssetNames): Promise<StaticFile[]> {
  const folder = await makeTemporaryFolder("pages");
  try {
    const outfile = join(folder.path, "static-pages.mjs");
    await bundle({
      absWorkingDir: inProject("."),
      entryPoints: ["workers/pages/static-pages.tsx"],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile,
    });
    const { staticSite } = (await import(pathToFileURL(outfile).href)) as StaticPages;
    return staticSite(names);
  } finally {
    await folder.remove();
  }
}

/** Keeps apart what two builds in one process write at the same moment. */
let writes = 0;

/** Writes a file at once: whoever reads meanwhile finds the one from before, whole. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.${writes++}.tmp`;
  await writeFile(unfinished, bytes);
  await rename(unfinished, path);
}

/** What an earlier build left. */
async function removeOthers(folder: string, kept: ReadonlySet<string>): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !kept.has(name) && !name.endsWith(".tmp"));
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
}
