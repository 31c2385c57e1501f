import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse, type TomlTable } from "smol-toml";
import { inProject, ROOT } from "../project.ts";

/**
 * The sections of a wrangler file that `workerd serve` knows; it refuses a file with any other. What is left
 * out is wrangler's own business (`build`, `observability`) or not to be had there (`ratelimits`).
 */
const KNOWN_SECTIONS = [
  "name",
  "main",
  "compatibility_date",
  "compatibility_flags",
  "vars",
  "durable_objects",
  "exports",
  "migrations",
  "kv_namespaces",
  "triggers",
  "queues",
  "workflows",
  "d1_databases",
  "assets",
];

/** The wrangler file, parsed. */
export async function readWranglerFile(file: string = inProject("wrangler.toml")): Promise<TomlTable> {
  return parse(await readFile(file, "utf8"));
}

/**
 * The configuration that `workerd serve` takes, made from the wrangler file: absolute paths, because it lies
 * elsewhere; `vars` with the secrets, because it reads no other file; and a fixed id for each store, because
 * its state on disk is named after it.
 */
export function toWorkerdConfig(wrangler: TomlTable, secrets: Record<string, string>): TomlTable {
  const config: TomlTable = {};
  for (const section of KNOWN_SECTIONS) {
    const value = wrangler[section];
    if (value !== undefined) config[section] = value;
  }
  config["main"] = resolve(ROOT, String(wrangler["main"]));
  config["vars"] = { ...(wrangler["vars"] as TomlTable | undefined), ...secrets };
  const assets = wrangler["assets"] as TomlTable | undefined;
  if (assets) config["assets"] = { ...assets, directory: resolve(ROOT, String(assets["directory"])) };
  config["d1_databases"] = withIds(wrangler["d1_databases"], "database_id");
  config["kv_namespaces"] = withIds(wrangler["kv_namespaces"], "id");
  return config;
}

function withIds(stores: TomlTable[string] | undefined, idName: string): TomlTable[] {
  return ((stores ?? []) as TomlTable[]).map((store) => ({
    ...store,
    [idName]: `local-${String(store["binding"])}`,
  }));
}
