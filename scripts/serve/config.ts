import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "smol-toml";
import { inProject, ROOT } from "../project.ts";

/** The parts of a wrangler file that have to be changed for workerd; the others pass through as they are. */
export interface WranglerFile {
  main: string;
  compatibility_date: string;
  vars?: Record<string, string>;
  assets?: { directory: string; [option: string]: unknown };
  d1_databases?: D1Section[];
  kv_namespaces?: { binding: string; id?: string }[];
  queues?: { producers?: { queue: string }[]; consumers?: { queue: string; dead_letter_queue?: string }[] };
  [section: string]: unknown;
}

export interface D1Section {
  binding: string;
  database_name: string;
  database_id?: string;
  migrations_dir: string;
  [option: string]: unknown;
}

/**
 * The sections of a wrangler file that `workerd serve` knows; it refuses a file with any other. What is left
 * out is wrangler's own business (`build`, `observability`) or not to be had there (`ratelimits`).
 */
const KNOWN_SECTIONS = new Set([
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
]);

/** The wrangler file, parsed. */
export async function readWranglerFile(file: string = inProject("wrangler.toml")): Promise<WranglerFile> {
  return parse(await readFile(file, "utf8")) as WranglerFile;
}

/**
 * The configuration that `workerd serve` takes, made from the wrangler file: absolute paths, because it lies
 * elsewhere; `vars` with the secrets, because it reads no other file; and a fixed id for each store, because
 * its state on disk is named after it.
 */
export function toWorkerdConfig(wrangler: WranglerFile, secrets: Record<string, string>): WranglerFile {
  const { assets } = wrangler;
  const known = Object.entries(wrangler).filter(([section]) => KNOWN_SECTIONS.has(section));
  return {
    ...(Object.fromEntries(known) as WranglerFile),
    main: resolve(ROOT, wrangler.main),
    vars: { ...wrangler.vars, ...secrets },
    ...(assets && { assets: { ...assets, directory: resolve(ROOT, assets.directory) } }),
    d1_databases: (wrangler.d1_databases ?? []).map((section) => ({
      ...section,
      database_id: localId(section),
    })),
    kv_namespaces: (wrangler.kv_namespaces ?? []).map((section) => ({ ...section, id: localId(section) })),
  };
}

const localId = ({ binding }: { binding: string }): string => `local-${binding}`;
