import type { Browser, BrowserContextOptions } from "playwright-core";

/** How somebody is connected, as Chromium's throttling wants it. */
export interface Line {
  name: string;
  /** Round trip in milliseconds. */
  latencyMs: number;
  /** Bytes a second, each way; -1 for as fast as it goes. */
  bytesPerSecond: number;
  /** How many times slower the processor is made than this machine's. */
  slowdown: number;
}

const KBIT_BYTES = 1_000 / 8;

export const LINES: Line[] = [
  { name: "this machine", latencyMs: 0, bytesPerSecond: -1, slowdown: 1 },
  // "Slow 4G" and a mid-range phone, as Lighthouse throttles them.
  { name: "phone, slow 4G", latencyMs: 150, bytesPerSecond: 1_638.4 * KBIT_BYTES, slowdown: 4 },
];

/** What one load of a page came to. Times in milliseconds from the start of the navigation. */
export interface Load {
  firstPaintMs: number;
  largestPaintMs: number;
  loadedMs: number;
  /** Until the button says what it does. */
  readyMs: number;
  longTasks: number;
  longestTaskMs: number;
  layoutShift: number;
  requests: number;
}

/** A page, and what shows that its script has done its work. */
export interface Subject {
  name: string;
  path: string;
  ready: string;
}

/** Collected from the very start, because long tasks are not kept for those who ask later. */
const OBSERVERS = `globalThis.seen = { long: [], shift: 0, largest: 0 };
new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => seen.long.push(duration)))
  .observe({ type: "longtask", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (seen.shift += value)))
  .observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach(({ startTime }) => (seen.largest = startTime)))
  .observe({ type: "largest-contentful-paint", buffered: true });`;

const READ = `(() => {
  const [navigation] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return {
    firstPaintMs: paint?.startTime ?? 0,
    largestPaintMs: seen.largest,
    loadedMs: navigation.loadEventEnd,
    longTasks: seen.long.length,
    longestTaskMs: Math.max(0, ...seen.long),
    layoutShift: seen.shift,
    requests: performance.getEntriesByType("resource").length + 1,
  };
})()`;

/** A script may be ready before anything has been painted. */
const NEXT_FRAME = "new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100)))";

/** Loads a page as a stranger with an empty cache. */
export async function loadPage(
  browser: Browser,
  { path, ready }: Subject,
  line: Line,
  options: BrowserContextOptions,
): Promise<Load> {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: line.latencyMs,
      downloadThroughput: line.bytesPerSecond,
      uploadThroughput: line.bytesPerSecond,
    });
    await session.send("Emulation.setCPUThrottlingRate", { rate: line.slowdown });
    await page.addInitScript(OBSERVERS);
    await page.goto(path);
    await page.locator(ready).first().waitFor();
    const readyMs = await page.evaluate<number>("performance.now()");
    await page.evaluate(NEXT_FRAME);
    return { readyMs, ...(await page.evaluate<Omit<Load, "readyMs">>(READ)) };
  } finally {
    await context.close();
  }
}
