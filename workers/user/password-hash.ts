import { scrypt, timingSafeEqual } from "node:crypto";
import { base64url } from "jose";

interface ScryptCost {
  /** log2 of N, the number of blocks. */
  log2N: number;
  r: number;
  p: number;
}

/**
 * One of the equivalent settings of OWASP's password storage recommendations. It needs 16 MiB, so that
 * several hashes at once fit the 128 MB of an isolate, and 0.1 to 0.2 s of CPU.
 */
const COST: ScryptCost = { log2N: 14, r: 8, p: 5 };

/** What a stored hash may ask for; more would be a corrupted row trying to take the isolate down. */
const LOG2_N_MAX = 17;
const PARALLELISM_MAX = 16;
const BLOCK_SIZE = 8;

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** The PHC string format: `$scrypt$ln=14,r=8,p=5$salt$hash`, salt and hash in base64url. */
const ENCODED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/;

interface StoredHash {
  cost: ScryptCost;
  salt: Uint8Array;
  hash: Uint8Array;
}

/** Hashes a password with a new salt, at the cost in force. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  return encode({ cost: COST, salt, hash: await derive(password, salt, COST) });
}

/**
 * Whether the password is the one that was hashed. Without a stored hash the same work is done and the
 * answer is no, so that time does not tell who has an account.
 * @throws Error when the stored hash is not one of ours.
 */
export async function verifyPassword(password: string, encoded: string | undefined): Promise<boolean> {
  const stored = encoded === undefined ? NOBODY : decode(encoded);
  const matches = timingSafeEqual(await derive(password, stored.salt, stored.cost), stored.hash);
  return matches && encoded !== undefined;
}

/** Whether the hash was made at another cost than the one in force, and should be made again. */
export function needsRehash(encoded: string): boolean {
  const { log2N, r, p } = decode(encoded).cost;
  return log2N !== COST.log2N || r !== COST.r || p !== COST.p;
}

const NOBODY: StoredHash = { cost: COST, salt: new Uint8Array(SALT_BYTES), hash: new Uint8Array(HASH_BYTES) };

function encode({ cost, salt, hash }: StoredHash): string {
  const { log2N, r, p } = cost;
  return `$scrypt$ln=${log2N},r=${r},p=${p}$${base64url.encode(salt)}$${base64url.encode(hash)}`;
}

function decode(encoded: string): StoredHash {
  const [, log2N, r, p, salt = "", hash = ""] = ENCODED.exec(encoded) ?? [];
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const known = cost.log2N >= 1 && cost.log2N <= LOG2_N_MAX && cost.r === BLOCK_SIZE;
  if (!known || cost.p < 1 || cost.p > PARALLELISM_MAX)
    throw new Error("A stored password hash is unreadable.");
  return { cost, salt: base64url.decode(salt), hash: base64url.decode(hash) };
}

/** Normalised (NIST SP 800-63B, 3.1.1.2), because two keyboards may type one character in two ways. */
function derive(password: string, salt: Uint8Array, { log2N, r, p }: ScryptCost): Promise<Uint8Array> {
  const N = 2 ** log2N;
  const maxmem = 2 * 128 * N * r;
  const bytes = new TextEncoder().encode(password.normalize("NFKC"));
  return new Promise((resolve, reject) => {
    scrypt(bytes, salt, HASH_BYTES, { N, r, p, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
