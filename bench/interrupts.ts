const INTERRUPTS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * From now on an interrupt lets this process exit, which is when servers that it started are ended. Only for whoever
 * started some: a handler is not called while a long computation runs, and nothing else ends that.
 */
export function exitWhenInterrupted(): void {
  for (const signal of INTERRUPTS) {
    process.off(signal, exit);
    process.on(signal, exit);
  }
}

function exit(): void {
  process.exit(1);
}
