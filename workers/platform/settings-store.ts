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

const SETTINGS_KEY = "settings";
const spikeKey = (spikeId: string) => `settings:${spikeId}`;

/** How long an isolate keeps the settings; with KV's own minute at most, a change is everywhere soon. */
export const SETTINGS_ISOLATE_MS = 10_000;
/** The shortest edge cache KV allows, in seconds. */
export const SETTINGS_EDGE_SECONDS = 30;
/** Sales whose own settings an isolate remembers; a few numbers each. */
const SPIKES_MAX = 2_000;
const EDGE_READ = { type: "json", cacheTtl: SETTINGS_EDGE_SECONDS } as const;

/** What a sale has of its own when it has nothing. */
const NONE: SpikeSettings = {};

let cached: { settings: Settings; readAt: number } | undefined;
let trouble: string | null = null;
const ofSpikes = new FreshCache<SpikeSettings>({ max: SPIKES_MAX, ttlMs: SETTINGS_ISOLATE_MS, waitUntil });
/** For the time when KV cannot be read. */
const lastKnownOfSpikes = new BoundedMap<string, SpikeSettings>(SPIKES_MAX);

/**
 * The settings in force for all sales. A store that fails or holds nonsense must not stop a sale: the
 * last known ones stay.
 */
export async function loadSettings(env: Env): Promise<Settings> {
  const now = Date.now();
  const known = peekSettings(now);
  if (known) return known;
  const settings = await readSettings(env);
  cached = { settings, readAt: now };
  return settings;
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
    const stored = await env.SETTINGS.get(SETTINGS_KEY, EDGE_READ);
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
    const stored = await env.SETTINGS.get(spikeKey(spikeId), EDGE_READ);
    const own = stored === null ? NONE : parseSpikeSettings(stored);
    lastKnownOfSpikes.set(spikeId, own);
    return own;
  } catch (error) {
    const message = unusable(error, `PUT /api/admin/spikes/${spikeId}/settings`);
    log.error("settings_unreadable", { spikeId, message });
    return lastKnownOfSpikes.get(spikeId) ?? NONE;
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
  await env.SETTINGS.put(SETTINGS_KEY, JSON.stringify(settings));
  cached = { settings, readAt: Date.now() };
}

/** Stores what one sale has of its own; an empty object leaves it with what holds for all. */
export async function saveSpikeSettings(env: Env, spikeId: string, own: SpikeSettings): Promise<void> {
  const key = spikeKey(spikeId);
  if (Object.keys(own).length === 0) await env.SETTINGS.delete(key);
  else await env.SETTINGS.put(key, JSON.stringify(own));
  ofSpikes.delete(spikeId);
  ofSpikes.set(spikeId, own);
  lastKnownOfSpikes.set(spikeId, own);
}

/** The text that KV holds at its source for all sales, past every cache of ours; null when it holds nothing. */
export async function readStoredSettings(env: Env): Promise<string | null> {
  return await env.SETTINGS.get(SETTINGS_KEY, "text");
}
