import { open, rm } from "node:fs/promises";
import { PRIVATE_FILE_MODE } from "../secrets.ts";

/**
 * Makes a file for its owner alone, and has it filled. One that could not be filled is removed: it would only be in the
 * way of the next attempt.
 * @throws Error `EEXIST` when there is such a file, so that an older backup is never overwritten; whatever `fill` throws.
 */
export async function fillNewFile<T>(file: string, fill: () => Promise<T>): Promise<T> {
  await (await open(file, "wx", PRIVATE_FILE_MODE)).close();
  try {
    return await fill();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}
