import { CommandError, main } from "../../scripts/command.ts";
import { UsageError } from "../command-line.ts";

/** A command with options: explains itself when asked, and says what is wrong with a bad command line. */
export function runCommand<O extends object>(
  read: (args: string[]) => O | "help",
  usage: string,
  run: (options: O) => Promise<void>,
): Promise<void> {
  return main(async () => {
    try {
      const options = read(process.argv.slice(2));
      if (options === "help") console.log(usage);
      else await run(options);
    } catch (error) {
      if (error instanceof UsageError) throw new CommandError(`${error.message}\nTry --help.`);
      throw error;
    }
  });
}
