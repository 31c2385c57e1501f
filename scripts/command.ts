import { spawn } from "node:child_process";
import { projectEnvironment, ROOT } from "./project.ts";

/** What went wrong, said to a person; printed without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/**
 * Runs a program of `node_modules/.bin` (or of the system) in the project's root, on this terminal. It gets no
 * input unless told, so that it can ask no questions.
 */
export async function run(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  input: "ignore" | "inherit" = "ignore",
): Promise<void> {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: [input, "inherit", "inherit"],
    env: projectEnvironment(env),
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  if (code !== 0) throw new CommandError(`${program} ${args.join(" ")} failed with exit code ${code}`);
}

/** Runs a program as `run` does and says whether it ended well; what went wrong is on the terminal. */
export async function succeeds(program: string, args: string[], env?: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await run(program, args, env);
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
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
