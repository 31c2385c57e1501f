import { type Configuration, configurationFaults, configurationWarnings } from "./configuration.ts";
import { log } from "../shared/log.ts";

const NONE: readonly string[] = [];

let isSound = false;
let warnings: readonly string[] | undefined;

/**
 * The faults of what this isolate was given. Looked for until there are none, which is once: nothing of it
 * changes while an isolate lives.
 */
export function faultsOfIsolate(env: Env): readonly string[] {
  if (isSound) return NONE;
  const faults = configurationFaults(env as unknown as Configuration);
  isSound = faults.length === 0;
  if (isSound)
    for (const warning of warningsOfIsolate(env)) log.warn("configuration_warning", { message: warning });
  return faults;
}

/** What does not keep this isolate from its work and is hardly meant, in sentences. */
export function warningsOfIsolate(env: Env): readonly string[] {
  warnings ??= configurationWarnings(env as unknown as Configuration);
  return warnings;
}

/** @throws Error that says what to do, for work that nobody waits for: it comes back when that is done. */
export function assertConfigured(env: Env): void {
  const faults = faultsOfIsolate(env);
  if (faults.length > 0) throw new Error(`The Worker is not configured. ${faults.join(" ")}`);
}
