/** A command's no, as it goes to the client: a code, and what is wrong. */
export class RedisError extends Error {
  override readonly name = "RedisError";
}

export const wrongType = () =>
  new RedisError("WRONGTYPE Operation against a key holding the wrong kind of value");
export const syntaxError = () => new RedisError("ERR syntax error");
export const notAnInteger = () => new RedisError("ERR value is not an integer or out of range");
export const notAFloat = () => new RedisError("ERR value is not a valid float");
export const noSuchKey = () => new RedisError("ERR no such key");
export const outOfRange = () => new RedisError("ERR index out of range");
export const wrongArity = (command: string) =>
  new RedisError(`ERR wrong number of arguments for '${command}' command`);
