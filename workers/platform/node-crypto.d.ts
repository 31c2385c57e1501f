// The functions of node:crypto that the Workers runtime provides and this project uses. All of
// @types/node would also declare globals that a Worker does not have.
declare module "node:crypto" {
  interface ScryptOptions {
    N: number;
    r: number;
    p: number;
    /** Bytes; must exceed 128 × N × r. */
    maxmem: number;
  }

  export function scrypt(
    password: Uint8Array,
    salt: Uint8Array,
    keyLength: number,
    options: ScryptOptions,
    callback: (error: Error | null, key: Uint8Array) => void,
  ): void;

  interface Hash {
    update(text: string): Hash;
    update(bytes: Uint8Array): Hash;
    digest(encoding: "base64url" | "hex"): string;
    digest(): Uint8Array;
  }

  export function createHash(algorithm: "sha256" | "sha1"): Hash;

  /** @param key text counts as its UTF-8. */
  export function createHmac(algorithm: "sha256", key: string): Hash;

  /** @throws RangeError when the lengths differ. */
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
}
