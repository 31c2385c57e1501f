import { readFileSync } from "node:fs";

/** Linux counts processor time in ticks of this length for every architecture (USER_HZ). */
const TICKS_PER_SECOND = 100;
const BYTES_PER_KIBIBYTE = 1024;

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

function readProc(pid: number, file: "stat" | "status"): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return null;
  }
}
