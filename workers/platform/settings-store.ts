import { waitUntil } from "cloudflare:workers";
import { z, ZodError } from "zod";
import { BoundedMap } from "../shared/bounded-map.ts";
import { FreshCache } from "../shared/fresh-cache.ts";
import { log, messageOf } from "../shared/log.ts";
import {
  DEFAULT_SETTINGS,
  parseSettings,
  parseSpikeSettings,
  type Settings,
  type SpikeSettings,
} from "../shared/settings.ts";
import { withTimeLimit } from "../shared/time-limit.ts";

const SETTINGS_KEY = "settings";
const spikeKey = (spikeId: string) => `settings:${spikeId}`;

/** How long an isolate keeps the settings; with KV's own minute at most, a change is everywhere soon. */
export const SETTINGS_ISOLATE_MS = 10_000;
/** The shortest edge cache KV allows, in seconds. */
export const SETTINGS_EDGE_SECONDS = 30;
/** Sales whose own settings an isolate remembers; a few numbers each. */
const SPIKES_MAX = 2_000;
/** How long a request waits for KV before it goes on with what is known, in milliseconds. */
export const SETTINGS_PATIENCE_MS = 1_000;
/** KV takes one write a second for each key, and refuses the next: two admins, or one in a hurry, need not notice. */
const KV_WRITE_ATTEMPTS_MAX = 3;
const KV_WRITE_PAUSE_MS = 1_100;
const EDGE_READ = { type: "json", cacheTtl: SETTINGS_EDGE_SECONDS } as const;

/** What a sale has of its own when it has nothing. */
const NONE: SpikeSettings = {};

let cached: { settings: Settings; readAt: number } | undefined;
/** Only keeps a crowd from reading all at once when `cached` has run out: one reads, the others wait. */
const reading = new FreshCache<Settings>({ max: 1, ttlMs: 0, waitUntil });
/** How often this isolate has stored settings: what was being read then is out of date. */
let saves = 0;
let trouble: string | null = null;
const ofSpikes = new FreshCache<SpikeSettings>({ max: SPIKES_MAX, ttlMs: SETTINGS_ISOLATE_MS, waitUntil });
/** For the time when KV cannot be read. */
const lastKnownOfSpikes = new BoundedMap<string, SpikeSettings>(SPIKES_MAX);

/**
 * The settings in force for all sales. A store that fails or holds nonsense must not stop a sale: the
 * last known ones stay.
 */
export async function loadSettings(env: Env): Promise<Settings> {
  return peekSettings(Date.now()) ?? (await reading.get(SETTINGS_KEY, () => refreshSettings(env)));
}

async function refreshSettings(env: Env): Promise<Settings> {
  const [readAt, savesBefore] = [Date.now(), saves];
  const settings = await readSettings(env);
  if (!cached || saves === savesBefore) cached = { settings, readAt };
  return cached.settings;
}

/** Why the settings in force for all sales are not those in KV, in a sentence that says what to do; null when they are. */
export const settingsTrouble = (): string | null => trouble;

/** The settings in force for all sales from memory alone, undefined when they are not fresh there; `now` in epoch milliseconds. */
export function peekSettings(now: number): Settings | undefined {
  // A clock that was set back must not keep old settings in force.
  return cached && now >= cached.readAt && now < cached.readAt + SETTINGS_ISOLATE_MS
    ? cached.settings
    : undefined;
}

/** A sale's settings as this isolate last knew them, for those who cannot wait; undefined before it has read any. */
export function knownSettings(spikeId: string): Settings | undefined {
  return cached && withOwn(cached.settings, lastKnownOfSpikes.get(spikeId) ?? NONE);
}

/** The settings in force for one sale: its own, and those of all sales where it has none. */
export async function loadSpikeSettings(env: Env, spikeId: string): Promise<Settings> {
  const settings = await loadSettings(env);
  return withOwn(settings, await ofSpikes.get(spikeId, () => readSpikeSettings(env, spikeId)));
}

/** The same from memory alone, undefined when they are not fresh there; `now` in epoch milliseconds. */
export function peekSpikeSettings(spikeId: string, now: number): Settings | undefined {
  const settings = peekSettings(now);
  const own = settings && ofSpikes.peek(spikeId);
  return own && withOwn(settings, own);
}

/** What holds for a sale that has settings of its own, made once: most requests of a crowd ask. */
const joined = new WeakMap<SpikeSettings, { settings: Settings; effective: Settings }>();

/** Nearly all sales have none. */
function withOwn(settings: Settings, own: SpikeSettings): Settings {
  if (own === NONE) return settings;
  const known = joined.get(own);
  if (known?.settings === settings) return known.effective;
  const effective = { ...settings, ...own };
  joined.set(own, { settings, effective });
  return effective;
}

async function readSettings(env: Env): Promise<Settings> {
  try {
    const stored = await readPatiently(env, SETTINGS_KEY);
    const settings = stored === null ? DEFAULT_SETTINGS : parseSettings(stored);
    trouble = null;
    return settings;
  } catch (error) {
    trouble = unusable(error, "PUT /api/admin/settings");
    log.error("settings_unreadable", { message: trouble });
    return cached?.settings ?? DEFAULT_SETTINGS;
  }
}

async function readSpikeSettings(env: Env, spikeId: string): Promise<SpikeSettings> {
  try {
    const stored = await readPatiently(env, spikeKey(spikeId));
    const own = stored === null ? NONE : parseSpikeSettings(stored);
    lastKnownOfSpikes.set(spikeId, own);
    return own;
  } catch (error) {
    const message = unusable(error, `PUT /api/admin/spikes/${spikeId}/settings`);
    log.error("settings_unreadable", { spikeId, message });
    return lastKnownOfSpikes.get(spikeId) ?? NONE;
  }
}

/** A KV that does not answer at all is one that fails. */
function readPatiently(env: Env, key: string): Promise<unknown> {
  return withTimeLimit(env.SETTINGS.get(key, EDGE_READ), SETTINGS_PATIENCE_MS, "KV");
}

/** @param write must be safe to repeat. */
async function writePatiently(write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (attempt >= KV_WRITE_ATTEMPTS_MAX) throw error;
      log.warn("settings_write_repeated", { attempt, message: messageOf(error) });
      await scheduler.wait(KV_WRITE_PAUSE_MS);
    }
  }
}

/** @param remedy the call that stores them anew. */
function unusable(error: unknown, remedy: string): string {
  const inForce = "the last known settings, at first the defaults, are in force";
  if (error instanceof SyntaxError || error instanceof ZodError) {
    const fault = error instanceof ZodError ? z.prettifyError(error).replaceAll(/\s+/g, " ") : "no JSON";
    return `The settings stored in KV cannot be used (${fault}), ${inForce}: store them anew with ${remedy}.`;
  }
  return `The settings cannot be read from KV (${messageOf(error)}), ${inForce}: this ends when KV answers again.`;
}

/** Stores the settings; this isolate follows at once, the others within a minute. */
export async function saveSettings(env: Env, settings: Settings): Promise<void> {
  await writePatiently(() => env.SETTINGS.put(SETTINGS_KEY, JSON.stringify(settings)));
  saves += 1;
  trouble = null;
  cached = { settings, readAt: Date.now() };
}

/** Stores what one sale has of its own; an empty object leaves it with what holds for all. */
export async function saveSpikeSettings(env: Env, spikeId: string, own: SpikeSettings): Promise<void> {
  const [key, copy] = [spikeKey(spikeId), copyOf(own)];
  await writePatiently(() => (copy === null ? env.SETTINGS.delete(key) : env.SETTINGS.put(key, copy)));
  ofSpikes.delete(spikeId);
  ofSpikes.set(spikeId, own);
  lastKnownOfSpikes.set(spikeId, own);
}

/** Whether KV holds at its source, past every cache of ours, what one sale has of its own. */
export async function isStoredForSpike(env: Env, spikeId: string, own: SpikeSettings): Promise<boolean> {
  return (await env.SETTINGS.get(spikeKey(spikeId), "text")) === copyOf(own);
}

/** A sale with nothing of its own has no copy. */
const copyOf = (own: SpikeSettings): string | null =>
  Object.keys(own).length === 0 ? null : JSON.stringify(own);

/** The text that KV holds at its source for all sales, past every cache of ours; null when it holds nothing. */
export async function readStoredSettings(env: Env): Promise<string | null> {
  return await env.SETTINGS.get(SETTINGS_KEY, "text");
}
