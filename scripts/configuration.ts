import {
  configurationFaults,
  configurationWarnings,
  type WhereToSet,
} from "../workers/operations/configuration.ts";
import { CommandError } from "./command.ts";
import { bindingsOf, type WranglerFile } from "./serve/config.ts";
import { wranglerFaults } from "./serve/wrangler-faults.ts";

/**
 * Ends a command before it starts anything that could not work, or not as it is meant: what the Worker would be given
 * is looked at as the Worker itself does, and so is what only the file says.
 * @param given secrets, and variables that override those of the wrangler file.
 * @param whereToSet where this command takes a secret from, as the end of a sentence that begins with "set it".
 * @throws CommandError that says what to do.
 */
export function assertSound(
  wrangler: WranglerFile,
  given: Record<string, string | undefined>,
  whereToSet?: WhereToSet,
): void {
  const bound = Object.fromEntries(bindingsOf(wrangler).map((name) => [name, {}]));
  const configuration = { ...bound, ...wrangler.vars, ...given };
  const faults = [
    ...configurationFaults(configuration, whereToSet),
    ...configurationWarnings(configuration, whereToSet),
    ...wranglerFaults(wrangler),
  ];
  if (faults.length === 0) return;
  throw new CommandError(`The configuration cannot work; nothing was started.\n- ${faults.join("\n- ")}`);
}
