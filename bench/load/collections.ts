import { readFile } from "node:fs/promises";

/** "... Mark-Compact 73.2 (114.8) -> 26.0 (114.3) MB, pooled: 0.0 MB, 285.28 / 0.00 ms ...", as V8 writes it. */
const FULL_COLLECTION = /Mark-Compact [^\n]*? MB, (?<pauseMs>\d+(?:\.\d+)?) \/ \d/g;

/** Milliseconds of each full garbage collection in the log of a server that traces them, in their order. */
export async function readFullCollections(logFile: string): Promise<number[]> {
  return fullCollectionsIn(await readFile(logFile, "utf8"));
}

export function fullCollectionsIn(log: string): number[] {
  return [...log.matchAll(FULL_COLLECTION)].map(({ groups }) => Number(groups?.["pauseMs"]));
}
