import { parseBehaviour } from "../order/payment/builtin-behaviour.ts";
import { parseSigningKeys } from "../shared/signing-keys.ts";
import { allowedOrigins } from "../shared/allowed-origins.ts";
import { type Complaint, messageOfComplaint } from "../shared/complaints.ts";
import { isPrivateOnTheWay } from "../shared/webhook-destination.ts";
import { NODES_MAX, readNodes } from "../shared/redis/ring.ts";
import { shown } from "../shared/shown.ts";
import { messageOf } from "../shared/log.ts";
import { passwordProblem } from "../user/password-rules.ts";
import { usernameKey, usernameProblem } from "../user/username.ts";

/*
 * What a Worker must be given, in plain terms: the commands look at it before they start anything, so nothing
 * here needs the Workers runtime.
 */

/** What a Worker is given: variables, secrets and bindings by name. Before a deploy, as the files have it. */
export type Configuration = Record<string, unknown>;

/** A binding, with what it is and where wrangler.toml names it. */
interface Need {
  name: string;
  is: string;
  section: string;
}

/** The Durable Object classes by the names that they are bound to. */
export const OBJECT_CLASSES: Record<string, string> = {
  SPIKE_STOCK: "SpikeStock",
  SPIKE_GATE: "SpikeGate",
  SPIKE_MONITOR: "SpikeMonitor",
  WEBHOOK_SENDER: "WebhookSender",
  EDGE_REDIS: "EdgeRedis",
};

/** What nothing works without. */
const NEEDS: Need[] = [
  { name: "DB", is: "a D1 database", section: "[[d1_databases]]" },
  { name: "SETTINGS", is: "a KV namespace", section: "[[kv_namespaces]]" },
  { name: "ORDERS", is: "a queue", section: "[[queues.producers]]" },
  ...Object.entries(OBJECT_CLASSES).map(([name, className]) => ({
    ...{ name, is: `the Durable Object class ${className}`, section: "[[durable_objects.bindings]]" },
  })),
  { name: "ASSETS", is: "the static files", section: "[assets]" },
];

/** Variables that hold an address to ask, and ones that are right. */
const ADDRESSES: Record<string, string> = {
  TURNSTILE_VERIFY_URL: "https://challenges.cloudflare.com/turnstile/v0/siteverify",
  WEBHOOK_DNS_URL: "https://cloudflare-dns.com/dns-query",
};

const ORIGINS = "ALLOWED_ORIGINS";
const PAYMENT_BEHAVIOUR = "BUILTIN_PAYMENT_BEHAVIOUR";
export const TURNSTILE_SITE_KEY = "TURNSTILE_SITE_KEY";
export const TURNSTILE_SECRET_KEY = "TURNSTILE_SECRET_KEY";
/** Variables that nothing is wrong with when they are missing, but for another type than text. */
const OPTIONAL_TEXTS = [ORIGINS, TURNSTILE_SITE_KEY];

/** Variables that choose one of several, and what each choice needs besides, by its name. */
const CHOICES: Record<string, Record<string, Need | null>> = {
  GATHER: { on: null, off: null },
  ORDER_STORE: {
    d1: null,
    mysql: { name: "HYPERDRIVE", is: "a Hyperdrive configuration", section: "[[hyperdrive]]" },
  },
  PAYMENT_PROVIDER: { builtin: null },
  WEBHOOK_ALLOW_LOOPBACK: { on: null, off: null },
};

/** How many nodes Edge Redis is to have. */
const REDIS_NODES = "EDGE_REDIS_NODES";

/** Secrets that open Edge Redis over HTTP, each for whoever knows it; without them it is closed. */
const REDIS_TOKENS = ["EDGE_REDIS_REST_TOKEN", "EDGE_REDIS_REST_READONLY_TOKEN"];
/** Nobody counts wrong tokens, so nobody must be able to guess one. */
export const REDIS_TOKEN_MIN_CHARS = 32;

/** Every variable that something reads. */
export const VARIABLES = [
  ...Object.keys(CHOICES),
  ...Object.keys(ADDRESSES),
  ...OPTIONAL_TEXTS,
  PAYMENT_BEHAVIOUR,
  REDIS_NODES,
];

/** Secrets that only those set who want what they are for. */
export const OPTIONAL_SECRETS = [TURNSTILE_SECRET_KEY, ...REDIS_TOKENS];

/** Where a secret is set, as the end of a sentence that begins with "set it". */
export type WhereToSet = (secret: string) => string;

/** For whoever reads the Worker's own words, wherever it runs. */
const AT_THE_WORKER: WhereToSet = (secret) =>
  `with "npx wrangler secret put ${secret}", locally in .dev.vars`;

/**
 * What is wrong with a configuration, one sentence each that says what to do; empty when nothing is.
 * Never tells what a secret holds.
 */
export function configurationFaults(
  configuration: Configuration,
  whereToSet: WhereToSet = AT_THE_WORKER,
): string[] {
  return [
    ...NEEDS.flatMap((need) => faultOfNeed(configuration, need)),
    ...faultsOfAdmin(configuration, whereToSet),
    ...faultOfSigningKeys(configuration, whereToSet),
    ...Object.entries(CHOICES).flatMap(([name, choices]) => faultOfChoice(configuration, name, choices)),
    ...faultsOfPayment(configuration),
    ...faultOfNodes(configuration),
    ...REDIS_TOKENS.flatMap((name) => faultOfToken(configuration, name, whereToSet)),
    ...faultOfTwoTokens(configuration),
    ...OPTIONAL_TEXTS.flatMap((name) => faultOfText(configuration, name)),
    ...complaintOf(() => allowedOrigins(textOf(configuration[ORIGINS]))),
    ...Object.entries(ADDRESSES).flatMap(([name, example]) => faultOfAddress(configuration, name, example)),
  ];
}

/**
 * What does not keep a Worker from selling and is hardly meant, one sentence each that says what to do. Commands
 * refuse to start with it.
 */
export function configurationWarnings(
  configuration: Configuration,
  whereToSet: WhereToSet = AT_THE_WORKER,
): string[] {
  const [hasSiteKey, hasSecret] = [TURNSTILE_SITE_KEY, TURNSTILE_SECRET_KEY].map((name) =>
    isText(configuration[name]),
  );
  if (hasSiteKey === hasSecret) return [];
  const instead = "so the built-in challenge is used instead of Turnstile";
  return hasSiteKey
    ? [
        `${TURNSTILE_SITE_KEY} is set and the secret ${TURNSTILE_SECRET_KEY} is missing, ${instead}: set the secret ` +
          `${whereToSet(TURNSTILE_SECRET_KEY)}, or ${TURNSTILE_SITE_KEY} to "" under [vars] in wrangler.toml.`,
      ]
    : [
        `The secret ${TURNSTILE_SECRET_KEY} is set and ${TURNSTILE_SITE_KEY} is empty, ${instead}: set ` +
          `${TURNSTILE_SITE_KEY} under [vars] in wrangler.toml, or take the secret away.`,
      ];
}

function faultOfNeed(configuration: Configuration, { name, is, section }: Need): string[] {
  const bound = configuration[name];
  if (bound !== undefined && bound !== null && typeof bound !== "string") return [];
  return [
    `The binding ${name} (${is}) is missing: add it under ${section} in wrangler.toml, for each environment.`,
  ];
}

/** The first admin's account, without which nobody can create a sale: held to what is asked of everybody's. */
function faultsOfAdmin(
  { ADMIN_USERNAME: username, ADMIN_PASSWORD: password }: Configuration,
  whereToSet: WhereToSet,
): string[] {
  const name = textOf(username);
  const problems: [string, unknown, Complaint | null][] = [
    ["ADMIN_USERNAME", username, usernameProblem(name)],
    ["ADMIN_PASSWORD", password, passwordProblem(textOf(password), usernameKey(name))],
  ];
  return problems.flatMap(([secret, value, problem]) => {
    if (!isText(value)) return [missing(secret, whereToSet)];
    if (problem === null) return [];
    return [
      `The secret ${secret} cannot be used. ${messageOfComplaint(problem)} Set it ${whereToSet(secret)}.`,
    ];
  });
}

function faultOfSigningKeys({ JWT_KEYS: keys }: Configuration, whereToSet: WhereToSet): string[] {
  if (!isText(keys)) return [missing("JWT_KEYS", whereToSet)];
  return complaintOf(() => parseSigningKeys(keys)).map(
    (complaint) => `${complaint} Set it ${whereToSet("JWT_KEYS")}.`,
  );
}

const missing = (secret: string, whereToSet: WhereToSet): string =>
  `The secret ${secret} is missing: set it ${whereToSet(secret)}.`;

function faultOfChoice(
  configuration: Configuration,
  name: string,
  choices: Record<string, Need | null>,
): string[] {
  const chosen = configuration[name];
  if (typeof chosen === "string" && Object.hasOwn(choices, chosen)) {
    const need = choices[chosen];
    return need ? faultOfNeed(configuration, need) : [];
  }
  const known = Object.keys(choices).map((choice) => JSON.stringify(choice));
  return [`${name} is ${shown(chosen)}: set it to ${known.join(" or ")} under [vars] in wrangler.toml.`];
}

function faultsOfPayment({ PAYMENT_PROVIDER, [PAYMENT_BEHAVIOUR]: behaviour }: Configuration): string[] {
  if (PAYMENT_PROVIDER !== "builtin") return [];
  return complaintOf(() => parseBehaviour(textOf(behaviour)));
}

function faultOfNodes({ [REDIS_NODES]: nodes }: Configuration): string[] {
  if (nodes === undefined || (typeof nodes === "string" && readNodes(nodes) !== null)) return [];
  return [
    `${REDIS_NODES} is ${shown(nodes)}: set it to a number from 1 to ${NODES_MAX}, in quotes, under [vars] in wrangler.toml.`,
  ];
}

function faultOfToken(configuration: Configuration, name: string, whereToSet: WhereToSet): string[] {
  const { length } = textOf(configuration[name]);
  if (length === 0 || length >= REDIS_TOKEN_MIN_CHARS) return [];
  return [
    `The secret ${name} has ${length} characters: set one of at least ${REDIS_TOKEN_MIN_CHARS} ${whereToSet(name)}.`,
  ];
}

/** Whoever has the token for reading must not be able to write. */
function faultOfTwoTokens(configuration: Configuration): string[] {
  const [one, other] = REDIS_TOKENS.map((name) => configuration[name]);
  if (!isText(one) || one !== other) return [];
  return [`The secrets ${REDIS_TOKENS.join(" and ")} are the same: set two different ones.`];
}

function faultOfText(configuration: Configuration, name: string): string[] {
  const value = configuration[name];
  if (value === undefined || typeof value === "string") return [];
  return [`${name} is no text: write it in quotes under [vars] in wrangler.toml, or "" for none.`];
}

/** Secrets and names of customers go there. On this machine nobody listens in. */
function faultOfAddress(configuration: Configuration, name: string, example: string): string[] {
  const url = URL.parse(textOf(configuration[name]));
  if (url && isPrivateOnTheWay(url)) return [];
  return [
    `${name} is ${shown(configuration[name])}, which is no https address: set it to one such as ${example} under [vars] in wrangler.toml.`,
  ];
}

/** Who reads a value says by itself what is wrong with it. */
function complaintOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
