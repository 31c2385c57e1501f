const PREFIX = "spike.";

/** What a page remembers in this browser, each under `spike.<name>`. A browser that keeps nothing is fine. */
export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Full or forbidden: the page works, but a reload starts afresh.
  }
}

/** What was remembered; undefined as well when it is something that no version of this page wrote. */
export function recall<Value>(name: string): Value | undefined {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? undefined : ((JSON.parse(text) as Value | null) ?? undefined);
  } catch {
    return undefined;
  }
}

export function forget(name: string): void {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // What cannot be read need not be forgotten.
  }
}

/** Whether a `storage` event's key is where something of this name is remembered. */
export const isPlaceOf = (key: string, name: string): boolean => key === PREFIX + name;
