import { randomBytes } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { inProject } from "./project.ts";

/** What the Worker needs and no file in the repository holds. */
export interface Secrets {
  JWT_KEYS: string;
  ADMIN_USERNAME: string;
  ADMIN_PASSWORD: string;
}

export const SECRETS_FILE = inProject(".dev.vars");

/** HS256 wants a key at least as long as its hash: 32 bytes (RFC 7518, section 3.2). */
const JWT_KEY_BYTES = 32;
/** 144 random bits, as 24 characters. */
const PASSWORD_BYTES = 18;
/** Only the owner may read and write. */
export const PRIVATE_FILE_MODE = 0o600;

/** A password that nobody has seen before. */
export const makePassword = (): string => randomBytes(PASSWORD_BYTES).toString("base64url");

/** Secrets that nobody has seen before. */
export function makeSecrets(): Secrets {
  return {
    JWT_KEYS: `k1:${randomBytes(JWT_KEY_BYTES).toString("base64url")}`,
    ADMIN_USERNAME: "admin",
    ADMIN_PASSWORD: makePassword(),
  };
}

/**
 * The secrets for local use: the environment's, else those of `file`, else new ones, which are added to
 * `file`. Whatever else the file says stays. `made` names the secrets that are new.
 */
export async function ensureSecrets(
  file: string = SECRETS_FILE,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ secrets: Secrets; made: string[] }> {
  const known = await knownSecrets(file, environment);
  const secrets = { ...makeSecrets(), ...known };
  const made = (Object.keys(secrets) as (keyof Secrets)[]).filter((name) => known[name] === undefined);
  if (made.length > 0) {
    await writeFile(file, withSecrets(await readText(file), secrets, made), { mode: PRIVATE_FILE_MODE });
    // The mode above is only for a new file.
    await chmod(file, PRIVATE_FILE_MODE);
  }
  return { secrets, made };
}

/** The secrets that the environment or `file` says; of those that neither does, nothing. */
export const knownSecrets = (file: string, environment: NodeJS.ProcessEnv): Promise<Partial<Secrets>> =>
  knownValues(Object.keys(makeSecrets()), file, environment);

/** What of `names` the environment or `file` says; of those that neither does, nothing. */
export async function knownValues(
  names: readonly string[],
  file: string,
  environment: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const stored = parseEnv(await readText(file));
  const known = names.flatMap((name) => {
    const value = environment[name] || stored[name];
    return value ? [[name, value] as const] : [];
  });
  return Object.fromEntries(known);
}

/** What a file says; one that does not exist says nothing. */
async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

function withSecrets(text: string, secrets: Secrets, names: (keyof Secrets)[]): string {
  const kept = text
    .split("\n")
    .filter((line) => line !== "" && !names.some((name) => line.startsWith(`${name}=`)));
  return `${[...kept, ...names.map((name) => `${name}="${secrets[name]}"`)].join("\n")}\n`;
}
