/** What a page remembers in this browser, each under `spike.<name>`. A browser that keeps nothing is fine. */
export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(`spike.${name}`, JSON.stringify(value));
  } catch {
    // Full or forbidden: the page works, but a reload starts afresh.
  }
}

export function recall<Value>(name: string): Value | undefined {
  try {
    const text = localStorage.getItem(`spike.${name}`);
    return text === null ? undefined : (JSON.parse(text) as Value);
  } catch {
    return undefined;
  }
}

export function forget(name: string): void {
  try {
    localStorage.removeItem(`spike.${name}`);
  } catch {
    // What cannot be read need not be forgotten.
  }
}
