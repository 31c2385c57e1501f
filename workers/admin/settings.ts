import { desc } from "drizzle-orm";
import { z } from "zod";
import { settingsVersions } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { saveSettings } from "../platform/settings-store.ts";
import { Refusal } from "../shared/refusals.ts";
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from "../shared/settings.ts";
import { auditIfChanged } from "./audit.ts";

/** How often a change is tried when other admins change settings at the same moment. */
const UPDATE_ATTEMPTS_MAX = 5;

/** Takes what an older version stored: settings it did not know get their defaults, dropped ones go. */
const storedSchema = z.object(settingsSchema.shape);

interface SettingsVersion {
  /** 0 before the first change. */
  version: number;
  settings: Settings;
}

/** The settings as last decided. Isolates follow within a minute. */
export async function readSettings(env: Env): Promise<SettingsVersion> {
  const [newest] = await database(env)
    .select()
    .from(settingsVersions)
    .orderBy(desc(settingsVersions.version))
    .limit(1);
  if (!newest) return { version: 0, settings: DEFAULT_SETTINGS };
  return { version: newest.version, settings: storedSchema.parse(newest.settings) };
}

/**
 * Changes the given settings and keeps the others: first on record, then towards the edge. When the
 * second step fails, repeating the same call completes it.
 */
export async function changeSettings(
  env: Env,
  actor: string,
  changes: { [Name in keyof Settings]?: number | undefined },
): Promise<Settings> {
  for (let attempt = 1; attempt <= UPDATE_ATTEMPTS_MAX; attempt++) {
    const { version, settings: before } = await readSettings(env);
    const after = settingsSchema.parse({ ...before, ...changes });
    const names = (Object.keys(after) as (keyof Settings)[]).filter((name) => before[name] !== after[name]);
    if (names.length > 0 && !(await insertVersion(env, actor, { version, before, after, names }))) continue;
    await publishNewest(env);
    return after;
  }
  throw new Refusal("overloaded", {
    detail: "Others are changing the settings at the same moment; nothing was changed.",
    retryAfter: 1,
  });
}

/**
 * Tells the edge the newest settings. The writes of two admins may overtake each other on the way, so
 * whoever has written looks again: the last to write then finds its version to be the newest.
 */
async function publishNewest(env: Env): Promise<void> {
  let published = -1;
  for (let attempt = 1; attempt <= UPDATE_ATTEMPTS_MAX; attempt++) {
    const { version, settings } = await readSettings(env);
    if (version === published) return;
    await saveSettings(env, settings);
    published = version;
  }
}

/** Whether the version after `version` was still free, and is now `after`. */
async function insertVersion(
  env: Env,
  actor: string,
  change: { version: number; before: Settings; after: Settings; names: (keyof Settings)[] },
): Promise<boolean> {
  const { version, before, after, names } = change;
  const db = database(env);
  const now = Date.now();
  const pick = (settings: Settings) => Object.fromEntries(names.map((name) => [name, settings[name]]));
  const details = { version: version + 1, before: pick(before), after: pick(after) };
  const [inserted] = await db.batch([
    db
      .insert(settingsVersions)
      .values({ version: version + 1, settings: after, createdAt: now, createdBy: actor })
      .onConflictDoNothing(),
    auditIfChanged(env, { actor, action: "settings.update", subject: "settings", details }, now),
  ]);
  return inserted.meta.changes > 0;
}
