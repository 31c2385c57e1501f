import { z } from "zod";
import { BAR_MAX_SECONDS, GATES_MAX } from "./limits.ts";

/** The number that switches a filter off, in every setting that limits something. */
export const OFF = 0;

const count = (max: number) => z.number().int().min(OFF).max(max);

/** Limits an admin changes without a deploy; each isolate follows within a minute. 0 switches a filter off. */
export const settingsSchema = z.strictObject({
  /** Requests one address may send per window. */
  addressRequestsPerWindow: count(1_000_000).default(600),
  addressWindowSeconds: count(3600).default(10),
  /** Requests one account may send per action and window. */
  accountRequestsPerWindow: count(1_000_000).default(100),
  accountWindowSeconds: count(3600).default(10),
  /** Pause between two attempts of one user, in milliseconds. */
  userIntervalMs: count(60_000).default(500),
  /** Purchases beyond this many times the remaining stock are shed. */
  overloadFactor: count(1000).default(2),
  /** Requests a second that all isolates together take for one spike; what is beyond is shed at once. */
  fleetRequestsPerSecond: count(10_000_000).default(50_000),
  strikesBeforeChallenge: count(10_000).default(1),
  strikesBeforeBlacklist: count(10_000).default(20),
  /** Work of a challenge: PBKDF2 iterations of each of some 256 tries. */
  challengeCost: count(100_000).default(5_000),
  blacklistSeconds: count(BAR_MAX_SECONDS).default(600),
  /** How long an access decision may be reused, in seconds. */
  accessDecisionSeconds: count(3600).default(30),
  /** Gates between the edge and a ledger; 0 sends purchases to the ledger directly. */
  gatesPerSpike: count(GATES_MAX).default(1),
  /** 1 stops every sale within a second, 0 lets them go on; each sale's own pause is apart from it. */
  salesPaused: count(1).default(OFF),
});

export type Settings = z.infer<typeof settingsSchema>;

export const DEFAULT_SETTINGS: Settings = settingsSchema.parse({});

/** The same bounds without defaults: any subset. */
export const someSettingsSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(settingsSchema.shape).map(([name, field]) => [name, field.unwrap().optional()]),
  ) as { [Name in keyof Settings]: z.ZodOptional<z.ZodNumber> },
);

/**
 * What one sale may have instead of what holds for all. Not the limits per address and account, which
 * stand before it is known which sale is meant, nor the switch, for which a sale has its own pause.
 */
export const spikeSettingsSchema = someSettingsSchema.omit({
  addressRequestsPerWindow: true,
  addressWindowSeconds: true,
  accountRequestsPerWindow: true,
  accountWindowSeconds: true,
  salesPaused: true,
});

export type SpikeSettings = { [Name in keyof z.infer<typeof spikeSettingsSchema>]?: number };

const storedSettingsSchema = z.object(settingsSchema.shape);
const storedSpikeSettingsSchema = z.object(spikeSettingsSchema.shape);

/**
 * Takes what another version of this project stored: settings it did not know get their defaults,
 * unknown ones go. @throws when the rest is nonsense.
 */
export const parseSettings = (stored: unknown): Settings => storedSettingsSchema.parse(stored);

/** The same for what one sale has of its own. */
export const parseSpikeSettings = (stored: unknown): SpikeSettings =>
  storedSpikeSettingsSchema.parse(stored) as SpikeSettings;
