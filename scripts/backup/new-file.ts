import { open, rm } from "node:fs/promises";
import { CommandError } from "../command.ts";
import { PRIVATE_FILE_MODE } from "../secrets.ts";

/**
 * Makes a file for its owner alone, and has it filled. One that could not be filled is removed: it would only be in the
 * way of the next attempt.
 * @throws CommandError when there is such a file, so that an older backup is never overwritten, or it cannot be made;
 *   whatever `fill` throws.
 */
export async function fillNewFile<T>(file: string, fill: () => Promise<T>): Promise<T> {
  const made = await open(file, "wx", PRIVATE_FILE_MODE).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") {
      throw new CommandError(`${file} exists already, and a backup overwrites nothing: name another file.`);
    }
    throw new CommandError(`${file} cannot be made: ${error.message}`);
  });
  await made.close();
  try {
    return await fill();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}
