import { parseBehaviour } from "../order/payment/builtin-behaviour.ts";
import { parseSigningKeys } from "../shared/signing-keys.ts";
import { allowedOrigins } from "../shared/allowed-origins.ts";
import { type Complaint, messageOfComplaint } from "../shared/complaints.ts";
import { NODES_MAX, readNodes } from "../shared/redis/ring.ts";
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

/** What nothing works without. */
const NEEDS: Need[] = [
  { name: "DB", is: "a D1 database", section: "[[d1_databases]]" },
  { name: "SETTINGS", is: "a KV namespace", section: "[[kv_namespaces]]" },
  { name: "ORDERS", is: "a queue", section: "[[queues.producers]]" },
  { name: "SPIKE_STOCK", is: "a Durable Object class", section: "[[durable_objects.bindings]]" },
  { name: "SPIKE_GATE", is: "a Durable Object class", section: "[[durable_objects.bindings]]" },
  { name: "SPIKE_MONITOR", is: "a Durable Object class", section: "[[durable_objects.bindings]]" },
  { name: "WEBHOOK_SENDER", is: "a Durable Object class", section: "[[durable_objects.bindings]]" },
  { name: "EDGE_REDIS", is: "a Durable Object class", section: "[[durable_objects.bindings]]" },
  { name: "ASSETS", is: "the static files", section: "[assets]" },
];

/** Variables that hold an address to ask. */
const ADDRESSES = ["TURNSTILE_VERIFY_URL", "WEBHOOK_DNS_URL"];

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

/**
 * What is wrong with a configuration, one sentence each that says what to do; empty when nothing is.
 * Never tells what a secret holds.
 */
export function configurationFaults(configuration: Configuration): string[] {
  return [
    ...NEEDS.flatMap((need) => faultOfNeed(configuration, need)),
    ...faultsOfAdmin(configuration),
    ...complaintOf(() => parseSigningKeys(textOf(configuration["JWT_KEYS"]))),
    ...Object.entries(CHOICES).flatMap(([name, choices]) => faultOfChoice(configuration, name, choices)),
    ...faultsOfPayment(configuration),
    ...faultOfNodes(configuration),
    ...REDIS_TOKENS.flatMap((name) => faultOfToken(configuration, name)),
    ...complaintOf(() => allowedOrigins(textOf(configuration["ALLOWED_ORIGINS"]))),
    ...ADDRESSES.flatMap((name) => faultOfAddress(configuration, name)),
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
function faultsOfAdmin({ ADMIN_USERNAME: username, ADMIN_PASSWORD: password }: Configuration): string[] {
  const name = textOf(username);
  const problems: [string, unknown, Complaint | null][] = [
    ["ADMIN_USERNAME", username, usernameProblem(name)],
    ["ADMIN_PASSWORD", password, passwordProblem(textOf(password), usernameKey(name))],
  ];
  return problems.flatMap(([secret, value, problem]) => {
    const command = `"npx wrangler secret put ${secret}"`;
    if (!isText(value)) return [`The secret ${secret} is missing: set it with ${command}.`];
    if (problem === null) return [];
    return [`The secret ${secret} cannot be used. ${messageOfComplaint(problem)} Set it with ${command}.`];
  });
}

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
  return [
    `${name} is ${JSON.stringify(chosen)}: set it to ${known.join(" or ")} under [vars] in wrangler.toml.`,
  ];
}

function faultsOfPayment({
  PAYMENT_PROVIDER,
  BUILTIN_PAYMENT_BEHAVIOUR: behaviour,
}: Configuration): string[] {
  if (PAYMENT_PROVIDER !== "builtin") return [];
  return complaintOf(() => parseBehaviour(textOf(behaviour)));
}

function faultOfNodes({ [REDIS_NODES]: nodes }: Configuration): string[] {
  if (nodes === undefined || (typeof nodes === "string" && readNodes(nodes) !== null)) return [];
  return [
    `${REDIS_NODES} is ${JSON.stringify(nodes)}: set it to a number from 1 to ${NODES_MAX} under [vars] in wrangler.toml.`,
  ];
}

function faultOfToken(configuration: Configuration, name: string): string[] {
  const { length } = textOf(configuration[name]);
  if (length === 0 || length >= REDIS_TOKEN_MIN_CHARS) return [];
  return [
    `The secret ${name} has ${length} characters: set one of at least ${REDIS_TOKEN_MIN_CHARS} with "npx wrangler secret put ${name}".`,
  ];
}

function faultOfAddress(configuration: Configuration, name: string): string[] {
  const address = textOf(configuration[name]);
  if (URL.canParse(address)) return [];
  return [`${name} is ${JSON.stringify(address)}: set it to a whole address under [vars] in wrangler.toml.`];
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
