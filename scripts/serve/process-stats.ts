import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time in ticks of this length for every architecture (USER_HZ). */
const TICKS_PER_SECOND = 100;
const BYTES_PER_KIBIBYTE = 1024;
const NANOSECONDS_PER_SECOND = 1e9;

/** Resident memory of a process in bytes, 0 once it is gone; null where there is no `/proc`. */
export function residentBytes(pid: number): number | null {
  const status = readProc(pid, "status");
  if (status === null) return process.platform === "linux" ? 0 : null;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * BYTES_PER_KIBIBYTE;
}

/** Processor seconds a process has used since it started; null once it is gone or where there is no `/proc`. */
export function cpuSeconds(pid: number): number | null {
  const stat = readProc(pid, "stat");
  if (stat === null) return null;
  // The second field is the program's name in brackets and may hold anything; fields 14 and 15 are utime and stime.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/**
 * The same of the threads that live now, to the nanosecond instead of the tick, so that a slice of a second can be
 * measured. A thread that ends takes its time along. Null also where the kernel keeps no such account.
 */
export function cpuSecondsOfThreads(pid: number): number | null {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return null;
  }
  const accounts = threads.map((thread) => readProc(pid, `task/${thread}/schedstat`));
  // A thread may end while we read.
  const known = accounts.filter((account) => account !== null);
  if (known.length === 0) return null;
  const nanoseconds = known.reduce((sum, account) => sum + Number.parseInt(account, 10), 0);
  return nanoseconds / NANOSECONDS_PER_SECOND;
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return null;
  }
}
