import { configurationFaults } from "../workers/operations/configuration.ts";
import { CommandError } from "./command.ts";
import { bindingsOf, type WranglerFile } from "./serve/config.ts";

/**
 * Ends a command before it starts anything that could not work: what the Worker would be given is looked at
 * as the Worker itself does.
 * @param given secrets, and variables that override those of the wrangler file.
 * @throws CommandError that says what to do.
 */
export function assertSound(wrangler: WranglerFile, given: Record<string, string | undefined>): void {
  const bound = Object.fromEntries(bindingsOf(wrangler).map((name) => [name, {}]));
  const faults = configurationFaults({ ...bound, ...wrangler.vars, ...given });
  if (faults.length === 0) return;
  throw new CommandError(`The configuration cannot work; nothing was started.\n- ${faults.join("\n- ")}`);
}
