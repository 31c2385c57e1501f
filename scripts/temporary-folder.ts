import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atExit } from "./at-exit.ts";

/** A folder that is there as long as it is used. */
export interface TemporaryFolder {
  path: string;
  remove(): Promise<void>;
}

/** What was told to end may still be writing: how often to try again, and after how long. */
const AGAIN = { maxRetries: 10, retryDelay: 50 };

/** Makes a folder with `name` in its own. It goes with `remove`, or with this process when that exits before. */
export async function makeTemporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `spike-${name}-`));
  const keep = atExit(() => rmSync(path, { recursive: true, force: true, ...AGAIN }));
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, ...AGAIN });
      keep();
    },
  };
}
