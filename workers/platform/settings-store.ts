import { log, messageOf } from "../shared/log.ts";
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from "../shared/settings.ts";

const SETTINGS_KEY = "settings";

/** How long an isolate keeps the settings; with KV's own minute at most, a change is everywhere soon. */
const SETTINGS_ISOLATE_MS = 10_000;
/** The shortest edge cache KV allows, in seconds. */
const SETTINGS_EDGE_SECONDS = 30;

let cached: { settings: Settings; freshUntil: number } | undefined;

/** The settings in force. A store that fails or holds nonsense must not stop a sale: the last known ones stay. */
export async function loadSettings(env: Env): Promise<Settings> {
  const now = Date.now();
  if (cached && now < cached.freshUntil) return cached.settings;
  const settings = await readSettings(env).catch((error: unknown) => {
    log.error("settings_unreadable", { message: messageOf(error) });
    return cached?.settings ?? DEFAULT_SETTINGS;
  });
  cached = { settings, freshUntil: now + SETTINGS_ISOLATE_MS };
  return settings;
}

/** The settings as this isolate last knew them, for those who cannot wait; undefined before it has read any. */
export function knownSettings(): Settings | undefined {
  return cached?.settings;
}

async function readSettings(env: Env): Promise<Settings> {
  const stored = await env.SETTINGS.get(SETTINGS_KEY, { type: "json", cacheTtl: SETTINGS_EDGE_SECONDS });
  return stored === null ? DEFAULT_SETTINGS : settingsSchema.parse(stored);
}

/** Stores the settings; this isolate follows at once, the others within a minute. */
export async function saveSettings(env: Env, settings: Settings): Promise<void> {
  await env.SETTINGS.put(SETTINGS_KEY, JSON.stringify(settings));
  cached = { settings, freshUntil: Date.now() + SETTINGS_ISOLATE_MS };
}
