import { readFile, writeFile } from "node:fs/promises";
import { inProject } from "./project.ts";

/** The parts of a `package-lock.json` entry that matter here. */
export interface LockedPackage {
  version?: string;
  optionalDependencies?: Record<string, string>;
  [field: string]: unknown;
}

type LockedPackages = Record<string, LockedPackage>;

export interface LockFile {
  packages: LockedPackages;
}

const SYSTEMS = new Set(["android", "darwin", "freebsd", "linux", "openharmony", "win32", "windows"]);
const CPUS = new Set(["arm64", "arm", "ia32", "ppc64", "riscv64", "s390x", "x64", "64"]);
/** The names packages use that npm spells otherwise. */
const NPM_SPELLING: Record<string, string> = { windows: "win32", "64": "x64" };

/**
 * Adds the binaries for other systems that npm left out of a lock file, and returns their places.
 *
 * npm writes an optional dependency it cannot fetch into no lock file, and `npm ci` then refuses that file as
 * incomplete, on every system. Such an entry carries no integrity; it says for which system it is, so
 * that only such a machine ever fetches it.
 */
export function completeLock(packages: LockedPackages): string[] {
  const added: string[] = [];
  for (const [path, { optionalDependencies }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
      if (!/^\d/.test(version) || resolveFrom(packages, path, name)?.version === version) continue;
      const beside = `${path.slice(0, path.lastIndexOf("node_modules/"))}node_modules/${name}`;
      const place = packages[beside] ? `${path}/node_modules/${name}` : beside;
      packages[place] = { version, ...systemOf(name) };
      added.push(place);
    }
  }
  return added;
}

/** Node's own search: the nearest `node_modules`, from the package itself upwards. */
function resolveFrom(packages: LockedPackages, path: string, name: string): LockedPackage | undefined {
  for (let folder = path; folder !== ""; folder = folder.slice(0, folder.lastIndexOf("node_modules/"))) {
    const found = packages[`${folder.replace(/\/$/, "")}/node_modules/${name}`];
    if (found) return found;
  }
  return packages[`node_modules/${name}`];
}

/** The entry's fields that say which system a binary is for, read from its name, as in `@oxlint/binding-linux-arm64-musl`. */
function systemOf(name: string): LockedPackage {
  const words = name.slice(name.indexOf("/") + 1).split("-");
  const os = words.find((word) => SYSTEMS.has(word));
  const cpu = words.find((word) => CPUS.has(word));
  const libc = /(musl|gnu)/.exec(words.at(-1) ?? "")?.[1];
  if (!os || !cpu) throw new Error(`${name}: for which system?`);
  // In npm's own order, which sorts the fields, so that npm leaves the entries as they are.
  return {
    cpu: [NPM_SPELLING[cpu] ?? cpu],
    dev: true,
    ...(os === "linux" && libc ? { libc: [libc === "gnu" ? "glibc" : libc] } : {}),
    optional: true,
    os: [NPM_SPELLING[os] ?? os],
  };
}

if (import.meta.main) {
  const file = inProject("package-lock.json");
  const lock = JSON.parse(await readFile(file, "utf8")) as LockFile;
  const added = completeLock(lock.packages);
  const sorted = Object.fromEntries(
    Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, "en")),
  );
  await writeFile(file, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
  console.log(
    added.length === 0 ? "The lock file is complete." : `Added ${added.length} entries to the lock file.`,
  );
}
