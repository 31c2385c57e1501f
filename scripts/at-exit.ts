const tasks = new Set<() => void>();

/**
 * Has something done when this process exits, short of SIGKILL. What was asked for last is done first: a server ends before
 * the folder goes in which it writes. Nothing can be awaited then.
 * @returns what to call when it need not be done any more.
 */
export function atExit(task: () => void): () => void {
  if (tasks.size === 0) process.on("exit", doAll);
  tasks.add(task);
  return () => {
    tasks.delete(task);
    if (tasks.size === 0) process.off("exit", doAll);
  };
}

function doAll(): void {
  for (const task of [...tasks].toReversed()) task();
}
