import { access, constants, mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { CommandError } from "../../scripts/command.ts";

/** Makes the folder of reports before anything is measured: minutes of work must not end in an error. @throws CommandError */
export async function expectReportsFolder(reportsDir: string): Promise<void> {
  const folder = resolve(reportsDir);
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`reports cannot be written to ${folder}: ${why}`);
  }
}
