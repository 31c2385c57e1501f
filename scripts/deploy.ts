import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs, promisify } from "node:util";
import {
  OPTIONAL_SECRETS,
  TURNSTILE_SECRET_KEY,
  TURNSTILE_SITE_KEY,
} from "../workers/operations/configuration.ts";
import { messageOf } from "../workers/shared/log.ts";
import { build } from "./build.ts";
import { assertSound } from "./configuration.ts";
import { CommandError, main, run } from "./command.ts";
import { inProject, projectEnvironment, ROOT } from "./project.ts";
import { ensureSecrets, knownSecrets, knownValues, makeSecrets, PRIVATE_FILE_MODE } from "./secrets.ts";
import { environmentOf, readWranglerFile, type WranglerFile } from "./serve/config.ts";

// Read by tests as well, whose own arguments are none of this.
const options = readOptions(import.meta.main ? process.argv.slice(2) : []);
const dryRun = options["dry-run"];
/** An environment of wrangler.toml, such as "staging"; without one, that at the top of the file. */
const environment = options.env;
/** Without a name wrangler warns that it takes the top of the file; the empty one says that this is meant. */
const inEnvironment = ["--env", environment ?? ""];

/** Where the deployed Worker's secrets are kept on the machine that deploys; never committed. */
const SECRETS_FILE = inProject(`.${environment ?? "production"}.vars`);
/** What is uploaded: only what the Worker lacks. Removed after the deploy. */
const UPLOAD_FILE = inProject(".wrangler/upload.vars");
/** Where a dry run leaves what it would upload. */
const OUTPUT = "node_modules/.cache/deploy";

/**
 * `npm run deploy`: makes what the account lacks (queues, database, secrets), migrates the database, deploys.
 * Again, it makes nothing twice. `--dry-run` says what it would do and asks no account, `--env` names an
 * environment of wrangler.toml.
 */
async function deploy(): Promise<void> {
  const wrangler = environmentOf(await readWranglerFile(), environment);
  assertSound(wrangler, await secretsToBe(wrangler), (secret) => `in ${SECRETS_FILE}, as ${secret}="…"`);
  await assertAccountReady(wrangler);
  await build();
  for (const queue of queuesOf(wrangler)) await ensure("queues", queue);
  for (const { binding, database_name: name } of wrangler.d1_databases ?? []) {
    await ensure("d1", name);
    await change(["d1", "migrations", "apply", binding, "--remote", ...inEnvironment]);
  }
  if (dryRun) {
    console.log(`would set the secrets that the Worker lacks, from ${SECRETS_FILE}`);
    await run("wrangler", ["deploy", ...inEnvironment, "--dry-run", "--outdir", OUTPUT]);
  } else await deployWith(await missingSecrets());
}

async function deployWith(secrets: Record<string, string>): Promise<void> {
  if (Object.keys(secrets).length === 0) return run("wrangler", ["deploy", ...inEnvironment], {}, "inherit");
  console.log(`Setting secrets from ${SECRETS_FILE}; the admin's password is there.`);
  await mkdir(dirname(UPLOAD_FILE), { recursive: true });
  try {
    await writeFile(UPLOAD_FILE, JSON.stringify(secrets), { mode: PRIVATE_FILE_MODE });
    await run("wrangler", ["deploy", ...inEnvironment, "--secrets-file", UPLOAD_FILE], {}, "inherit");
  } finally {
    await rm(UPLOAD_FILE, { force: true });
  }
}

/** What the command line asks for. One that cannot be obeyed ends the command here. */
function readOptions(args: string[]): { "dry-run": boolean; env?: string | undefined } {
  try {
    const options = { "dry-run": { type: "boolean", default: false }, env: { type: "string" } } as const;
    return parseArgs({ args, options }).values;
  } catch (error) {
    console.error(`${messageOf(error)}\nusage: npm run deploy -- [--env NAME] [--dry-run]`);
    process.exit(1);
  }
}

/** The Hyperdrives of a wrangler file that nobody has given an id yet, by their bindings. */
function placeholderIds(wrangler: WranglerFile): string[] {
  const { hyperdrive = [] } = wrangler as { hyperdrive?: { binding: string; id?: string }[] };
  return hyperdrive.filter(({ id = "" }) => /^0*$/.test(id)).map(({ binding }) => binding);
}

/** All queues the Worker sends to, reads from, or leaves its dead letters in. */
export function queuesOf({ queues }: WranglerFile): string[] {
  const names = [
    ...(queues?.producers ?? []).map((producer) => producer.queue),
    ...(queues?.consumers ?? []).flatMap((consumer) => [consumer.queue, consumer.dead_letter_queue]),
  ];
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Creates a queue or a database of this name unless the account has it. */
async function ensure(kind: "queues" | "d1", name: string): Promise<void> {
  if (!dryRun && (await ask([kind, "info", name])) !== null) return;
  await change([kind, "create", name]);
}

/** What this deploy knows of the secrets. Those that are nowhere yet will be made, and made as they should be. */
async function secretsToBe(wrangler: WranglerFile): Promise<Record<string, string>> {
  return {
    ...makeSecrets(),
    ...(await knownSecrets(SECRETS_FILE, process.env)),
    ...(needsAccountsTurnstile(wrangler) && { [TURNSTILE_SECRET_KEY]: "the account's" }),
    ...(await optionalSecrets()),
  };
}

const optionalSecrets = () => knownValues(OPTIONAL_SECRETS, SECRETS_FILE, process.env);

/** The site key is in the file for all to see; its secret may be in the account alone. */
const needsAccountsTurnstile = ({ vars }: WranglerFile): boolean => Boolean(vars?.[TURNSTILE_SITE_KEY]);

/**
 * Looks for what only the account can say, before anything is changed; a dry run says what would be looked for.
 * @throws CommandError that says what to do.
 */
async function assertAccountReady(wrangler: WranglerFile): Promise<void> {
  const placeholders = placeholderIds(wrangler).map(
    (binding) =>
      `The Hyperdrive ${binding} has no id yet: make it with "npx wrangler hyperdrive create", and put the id that it says into wrangler.toml.`,
  );
  const isTurnstileHere = TURNSTILE_SECRET_KEY in (await optionalSecrets());
  const asksForTurnstile = needsAccountsTurnstile(wrangler) && !isTurnstileHere;
  if (dryRun) {
    for (const sentence of placeholders) console.log(`would not deploy: ${sentence}`);
    if (asksForTurnstile) console.log(`would look for ${TURNSTILE_SECRET_KEY} among the account's secrets`);
    return;
  }
  if (placeholders.length > 0) throw new CommandError(placeholders.join("\n"));
  if (!asksForTurnstile || (await accountsSecrets()).has(TURNSTILE_SECRET_KEY)) return;
  throw new CommandError(
    `${TURNSTILE_SITE_KEY} is set and the secret ${TURNSTILE_SECRET_KEY} is missing: set it in ${SECRETS_FILE}, ` +
      `as ${TURNSTILE_SECRET_KEY}="…", or ${TURNSTILE_SITE_KEY} to "" under [vars] in wrangler.toml.`,
  );
}

/** Names of the deployed Worker's secrets; none before the first deploy. */
async function accountsSecrets(): Promise<Set<string>> {
  const list = (await ask(["secret", "list", ...inEnvironment, "--format", "json"])) ?? "[]";
  return new Set((JSON.parse(list) as { name: string }[]).map(({ name }) => name));
}

/** The secrets the deployed Worker lacks, all of them before the first deploy. */
async function missingSecrets(): Promise<Record<string, string>> {
  const present = await accountsSecrets();
  const { secrets } = await ensureSecrets(SECRETS_FILE);
  const all = Object.entries({ ...(await optionalSecrets()), ...secrets });
  return Object.fromEntries(all.filter(([name]) => !present.has(name)));
}

/** A change to the account, shown on this terminal. wrangler asks to log in where it has to. */
async function change(args: string[]): Promise<void> {
  if (dryRun) console.log(`would run: wrangler ${args.join(" ")}`);
  else await run("wrangler", args, {}, "inherit");
}

/** What wrangler prints, or null when the account has no such thing. Any other failure ends the deploy. */
async function ask(args: string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)("wrangler", args, { cwd: ROOT, env: projectEnvironment() });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    const output = `${stdout}${stderr}`;
    if (/does not exist|not found|couldn't find/i.test(output)) return null;
    throw new CommandError(`${output}\nNot logged in? "npx wrangler login", or set CLOUDFLARE_API_TOKEN.`);
  }
}

if (import.meta.main) await main(deploy);
