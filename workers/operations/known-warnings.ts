import { loadSettings, settingsTrouble } from "../platform/settings-store.ts";
import { withTimeLimit } from "../shared/time-limit.ts";
import { warningsOfIsolate } from "./assert-configured.ts";

/** Longest wait for settings that this isolate has not read yet. */
const SETTINGS_PATIENCE_MS = 1_000;

/** What this isolate knows to be set wrongly though it works, a sentence each that says what to do. Never throws. */
export async function knownWarnings(env: Env): Promise<string[]> {
  await withTimeLimit(loadSettings(env), SETTINGS_PATIENCE_MS, "Reading the settings").catch(() => undefined);
  const trouble = settingsTrouble();
  return [...warningsOfIsolate(env), ...(trouble === null ? [] : [trouble])];
}
