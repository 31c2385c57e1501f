import { parseArgs } from "node:util";
import { CommandError } from "../command.ts";

/** How far back D1 keeps every moment, in days. */
export const TIME_TRAVEL_DAYS = 30;
const MS_PER_DAY = 86_400_000;

/** What a backup or restore is about: a file, or a moment. */
export interface BackupOptions {
  /** Of the orders; null when a moment is named. */
  file: string | null;
  /** The moment to which D1 is put back, all of it. */
  at: Date | null;
  /** Which D1, as arguments for wrangler. */
  database: string[];
}

export const BACKUP_USAGE = "npm run backup -- FILE [--local | --env NAME]";
export const RESTORE_USAGE = `npm run restore -- FILE [--local | --env NAME], or npm run restore -- --at TIME [--env NAME]`;

/**
 * Reads the command line of `backup`, or of `restore`, which may name a moment instead of a file.
 * @throws CommandError that says what is wrong.
 */
export function readBackupOptions(
  args: string[],
  usage: string,
  environment: NodeJS.ProcessEnv,
  now: number,
): BackupOptions {
  const { values, positionals } = parse(args, usage);
  const { at, env, local } = values;
  const [file] = positionals;
  const mayTravel = usage === RESTORE_USAGE;
  if (positionals.length + (at === undefined ? 0 : 1) !== 1 || (at !== undefined && !mayTravel)) {
    throw new CommandError(`usage: ${usage}`);
  }
  if (local && env !== undefined) throw new CommandError("--local has no environments: leave --env out");
  if (at !== undefined && local) throw new CommandError("only a deployed D1 can be put back to a moment");
  if (environment["MYSQL_URL"] && (at !== undefined || env !== undefined || local)) {
    throw new CommandError(
      "MYSQL_URL names the database; unset it for --at, --env and --local, which are D1's",
    );
  }
  const place = local ? ["--local"] : ["--remote"];
  return {
    file: file ?? null,
    at: at === undefined ? null : momentOf(at, now),
    database: env === undefined ? place : [...place, "--env", env],
  };
}

function parse(args: string[], usage: string) {
  try {
    return parseArgs({
      args,
      options: {
        at: { type: "string" },
        env: { type: "string" },
        local: { type: "boolean", default: false },
      },
      allowPositionals: true,
    });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`);
  }
}

function momentOf(text: string, now: number): Date {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!(at <= now && at >= now - TIME_TRAVEL_DAYS * MS_PER_DAY)) {
    throw new CommandError(
      `--at must be a moment of the last ${TIME_TRAVEL_DAYS} days with its time zone, as 2026-11-26T12:00:00Z, not "${text}"`,
    );
  }
  return new Date(at);
}
