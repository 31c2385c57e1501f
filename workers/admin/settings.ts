import { and, desc, eq, getTableColumns, lt } from "drizzle-orm";
import { settingsVersions, users } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { readStoredSettings, saveSettings, saveSpikeSettings } from "../platform/settings-store.ts";
import { fieldError } from "../shared/complaints.ts";
import { explain } from "../shared/explanations.ts";
import { Refusal } from "../shared/refusals.ts";
import {
  DEFAULT_SETTINGS,
  OFF,
  parseSettings,
  parseSpikeSettings,
  type Settings,
  settingsSchema,
  type SpikeSettings,
} from "../shared/settings.ts";
import { auditIfChanged } from "./audit.ts";
import { type SwitchOrder, turnSwitch } from "./kill-switch.ts";

/** How often a change is tried when other admins change settings at the same moment. */
const UPDATE_ATTEMPTS_MAX = 5;

/** Settings with a history of their own: those of all sales, or what one sale has instead. */
export interface SettingsScope<Values extends object> {
  /** Names it in the database: `all`, or a spike's id. */
  scope: string;
  /** Names it in the trail. */
  subject: string;
  /** Before the first change. */
  initial: Values;
  /** Takes what any version of this project has stored. */
  parse: (stored: unknown) => Values;
  /** Puts a version into force. Safe to repeat. */
  publish: (env: Env, values: Values, version: number) => Promise<void>;
}

/** What holds for all sales. The switch goes to the ledgers first: it is the one in a hurry. */
export const ALL_SALES: SettingsScope<Settings> = {
  scope: "all",
  subject: "settings",
  initial: DEFAULT_SETTINGS,
  parse: parseSettings,
  publish: async (env, settings, version) => {
    try {
      await turnSwitch(env, switchOf(settings, version), Date.now());
    } finally {
      await saveSettings(env, settings);
    }
  },
};

function switchOf({ salesPaused }: Settings, version: number): SwitchOrder {
  return { halted: salesPaused !== OFF, version };
}

/** What the switch for all sales says now. */
export async function currentSwitch(env: Env): Promise<SwitchOrder> {
  const { version, values } = await readSettings(env, ALL_SALES);
  return switchOf(values, version);
}

/**
 * What cron does: tells the sales that are about to start what the switch says, and repairs the copy
 * towards the edge, which a failure or two changes at once may have left behind.
 */
export async function republishSettings(env: Env, now: number): Promise<void> {
  const { version, values } = await readSettings(env, ALL_SALES);
  const copy = await readStoredSettings(env);
  // Before the first change there need not be a copy; one that somebody else has put there may stay if it can be used.
  const isRight = version === 0 ? copy === null || canBeUsed(copy) : copy === JSON.stringify(values);
  if (!isRight) await saveSettings(env, values);
  if (version === 0) return;
  await turnSwitch(env, switchOf(values, version), now);
}

function canBeUsed(copy: string): boolean {
  try {
    parseSettings(JSON.parse(copy));
    return true;
  } catch {
    return false;
  }
}

/** What one sale has instead. */
export function ofSpike(id: string): SettingsScope<SpikeSettings> {
  return {
    scope: id,
    subject: id,
    initial: {},
    parse: parseSpikeSettings,
    publish: (env, own) => saveSpikeSettings(env, id, own),
  };
}

export interface SettingsVersion<Values> {
  /** 0 before the first change. */
  version: number;
  values: Values;
}

/** A version in the history, with who made it and when (epoch milliseconds). */
export interface PastSettings<Values> extends SettingsVersion<Values> {
  createdAt: number;
  /** The admin's user id. */
  createdBy: string;
  /** Null when that account is gone. */
  createdByName: string | null;
}

/** The settings as last decided. Isolates follow within a minute. */
export async function readSettings<Values extends object>(
  env: Env,
  scope: SettingsScope<Values>,
): Promise<SettingsVersion<Values>> {
  const [newest] = await readHistory(env, scope, null, 1);
  return newest ?? { version: 0, values: scope.initial };
}

/** The newest first, at most `limit` versions before `before`. */
export async function readHistory<Values extends object>(
  env: Env,
  { scope, parse }: SettingsScope<Values>,
  before: number | null,
  limit: number,
): Promise<PastSettings<Values>[]> {
  const rows = await database(env)
    .select({ ...getTableColumns(settingsVersions), createdByName: users.username })
    .from(settingsVersions)
    .leftJoin(users, eq(users.id, settingsVersions.createdBy))
    .where(
      and(
        eq(settingsVersions.scope, scope),
        before === null ? undefined : lt(settingsVersions.version, before),
      ),
    )
    .orderBy(desc(settingsVersions.version))
    .limit(limit);
  return rows.map(({ scope: _, settings, ...row }) => ({ ...row, values: parse(settings) }));
}

/** Who changes settings, and on what version they have based the change; null for whatever is newest. */
export interface SettingsAuthor {
  actor: string;
  expectedVersion: number | null;
}

/**
 * Changes settings: first on record, then into force. When the second step fails, repeating the same
 * call completes it.
 * @param change makes the new values of the newest ones.
 * @throws Refusal `invalid_request` when `expectedVersion` is not the newest, `overloaded` when others
 * change them all the time.
 */
export async function changeSettings<Values extends object>(
  env: Env,
  author: SettingsAuthor,
  scope: SettingsScope<Values>,
  change: (before: Values) => Values,
): Promise<SettingsVersion<Values>> {
  for (let attempt = 1; attempt <= UPDATE_ATTEMPTS_MAX; attempt++) {
    const { version, values: before } = await readSettings(env, scope);
    assertExpected(author.expectedVersion, version);
    const after = change(before);
    const names = differences(before, after);
    const next = names.length === 0 ? version : version + 1;
    const isMine =
      names.length === 0 ||
      (await insertVersion(env, author.actor, scope, { version: next, before, after, names }));
    if (!isMine) continue;
    await publishNewest(env, scope);
    return { version: next, values: after };
  }
  throw new Refusal("overloaded", {
    ...explain("settings_contended"),
    retryAfter: 1,
  });
}

/**
 * Puts the newest version into force. The writes of two admins may overtake each other on the way, so
 * whoever has written looks again: the last to write then finds its version to be the newest.
 */
async function publishNewest<Values extends object>(env: Env, scope: SettingsScope<Values>): Promise<void> {
  let published = -1;
  for (let attempt = 1; attempt <= UPDATE_ATTEMPTS_MAX; attempt++) {
    const { version, values } = await readSettings(env, scope);
    if (version === published) return;
    await scope.publish(env, values, version);
    published = version;
  }
}

/**
 * Puts the values of an older version into force again, as a new version.
 * @throws Refusal `not_found` when there is no such version, and as `changeSettings`.
 */
export async function revertSettings<Values extends object>(
  env: Env,
  author: SettingsAuthor,
  scope: SettingsScope<Values>,
  version: number,
): Promise<SettingsVersion<Values>> {
  const [past] =
    version === 0 ? [{ version, values: scope.initial }] : await readHistory(env, scope, version + 1, 1);
  if (past?.version !== version) {
    throw new Refusal("not_found", explain("no_such_version"));
  }
  return await changeSettings(env, author, scope, () => past.values);
}

/** All settings with some of them changed. */
export function withChanges(before: Settings, changes: Partial<Record<keyof Settings, number | undefined>>) {
  return settingsSchema.parse({ ...before, ...changes });
}

function assertExpected(expected: number | null, version: number): void {
  if (expected === null || expected === version) return;
  const error = fieldError("If-Match", "changed_meanwhile", version);
  throw new Refusal("invalid_request", { detail: error.message, errors: [error] });
}

function differences<Values extends object>(one: Values, other: Values): (keyof Values)[] {
  const names = Object.keys({ ...one, ...other }) as (keyof Values)[];
  return names.filter((name) => one[name] !== other[name]);
}

/** Whether this version was still free, and is now `after`. */
async function insertVersion<Values extends object>(
  env: Env,
  actor: string,
  { scope, subject }: SettingsScope<Values>,
  change: { version: number; before: Values; after: Values; names: (keyof Values)[] },
): Promise<boolean> {
  const { version, before, after, names } = change;
  const db = database(env);
  const now = Date.now();
  const pick = (values: Values) => Object.fromEntries(names.map((name) => [name, values[name] ?? null]));
  const details = { version, before: pick(before), after: pick(after) };
  const [inserted] = await db.batch([
    db
      .insert(settingsVersions)
      .values({
        scope,
        version,
        settings: { ...after } as Record<string, unknown>,
        createdAt: now,
        createdBy: actor,
      })
      .onConflictDoNothing(),
    auditIfChanged(env, { actor, action: "settings.update", subject, details }, now),
  ]);
  return inserted.meta.changes > 0;
}
