import { type Configuration, configurationFaults } from "./configuration.ts";

const NONE: readonly string[] = [];

let isSound = false;

/**
 * The faults of what this isolate was given. Looked for until there are none, which is once: nothing of it
 * changes while an isolate lives.
 */
export function faultsOfIsolate(env: Env): readonly string[] {
  if (isSound) return NONE;
  const faults = configurationFaults(env as unknown as Configuration);
  isSound = faults.length === 0;
  return faults;
}

/** @throws Error that says what to do, for work that nobody waits for: it comes back when that is done. */
export function assertConfigured(env: Env): void {
  const faults = faultsOfIsolate(env);
  if (faults.length > 0) throw new Error(`The Worker is not configured. ${faults.join(" ")}`);
}
