import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { messageOf } from "../../workers/shared/log.ts";
import { CommandError } from "../command.ts";
import { inProject, ROOT } from "../project.ts";

/** The parts of a wrangler file that have to be changed for workerd; the others pass through as they are. */
export interface WranglerFile {
  main: string;
  compatibility_date: string;
  vars?: Record<string, string>;
  assets?: { directory: string; [option: string]: unknown };
  d1_databases?: D1Section[];
  kv_namespaces?: { binding: string; id?: string }[];
  queues?: {
    producers?: { binding: string; queue: string }[];
    consumers?: { queue: string; dead_letter_queue?: string }[];
  };
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

/**
 * The wrangler file, parsed.
 * @throws CommandError when it cannot be read.
 */
export async function readWranglerFile(file: string = inProject("wrangler.toml")): Promise<WranglerFile> {
  try {
    return parse(await readFile(file, "utf8")) as WranglerFile;
  } catch (error) {
    const where = error instanceof TomlError ? `, line ${error.line}` : "";
    throw new CommandError(`${file}${where}, cannot be read: ${messageOf(error).trimEnd()}`);
  }
}

/** Sections that an environment does not take over from the top of the file: it has its own, or none. */
const OWN_SECTIONS = new Set([
  "vars",
  "durable_objects",
  "kv_namespaces",
  "queues",
  "workflows",
  "d1_databases",
  "hyperdrive",
  "analytics_engine_datasets",
  "ratelimits",
]);

/**
 * The configuration of one environment, as `wrangler --env` reads it; without a name, that at the top.
 * @throws CommandError when the file has no such environment.
 */
export function environmentOf(wrangler: WranglerFile, name: string | undefined): WranglerFile {
  const { env: environments = {}, ...top } = wrangler as WranglerFile & { env?: Record<string, object> };
  if (name === undefined) return top;
  const own = environments[name];
  if (!own) {
    const known = Object.keys(environments).join(", ") || "none";
    throw new CommandError(`wrangler.toml has no [env.${name}]; it has ${known}.`);
  }
  const inherited = Object.entries(top).filter(([section]) => !OWN_SECTIONS.has(section));
  return { ...(Object.fromEntries(inherited) as WranglerFile), ...own };
}

/** All that is bound under a name, by whatever section. */
export function bindingsOf(wrangler: WranglerFile): string[] {
  const { durable_objects: objects } = wrangler as { durable_objects?: { bindings?: { name: string }[] } };
  const named = (section: unknown): string[] => {
    if (Array.isArray(section)) return section.flatMap(named);
    if (typeof section !== "object" || section === null) return [];
    const { binding } = section as { binding?: unknown };
    return [...(typeof binding === "string" ? [binding] : []), ...Object.values(section).flatMap(named)];
  };
  return [...(objects?.bindings ?? []).map(({ name }) => name), ...named(Object.values(wrangler))];
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
