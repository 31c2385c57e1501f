import { spawn } from "node:child_process";
import { projectEnvironment, ROOT } from "./project.ts";

/** What went wrong, said to a person; printed without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Runs a program of `node_modules/.bin` (or of the system) in the project's root, on this terminal. */
export async function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: projectEnvironment(env),
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  if (code !== 0) throw new CommandError(`${program} ${args.join(" ")} failed with exit code ${code}`);
}

/** A command's main function: an expected failure ends with its message alone, a bug with its stack. */
export async function main(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    console.error(error instanceof CommandError ? error.message : error);
    process.exitCode = 1;
  }
}
