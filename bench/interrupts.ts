const INTERRUPTS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Those who have something that must not outlive this process. */
let holders = 0;

/**
 * From now on an interrupt lets this process exit, which is when servers that it started are ended and its folders and
 * databases are removed. Only for whoever has some: a handler is not called while a long computation runs, and nothing
 * else ends that.
 * @returns what to call when there is nothing left; again, it does nothing.
 */
export function exitWhenInterrupted(): () => void {
  if (holders++ === 0) for (const signal of INTERRUPTS) process.on(signal, exit);
  let holds = true;
  return () => {
    if (holds && --holders === 0) for (const signal of INTERRUPTS) process.off(signal, exit);
    holds = false;
  };
}

function exit(): void {
  process.exit(1);
}
