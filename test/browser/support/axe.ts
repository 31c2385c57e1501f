import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  nodes: { target: string[]; failureSummary?: string }[];
}

/** Only colours differ between light and dark. */
const RULES = { light: "{}", dark: '{ runOnly: ["color-contrast"] }' };

/** Everything axe finds wrong, in light and in dark. */
export async function violations(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    // Injected by the debugger, which no page's policy forbids.
    await page.evaluate(AXE);
    const result = await page.evaluate<{ violations: Violation[] }>(`axe.run(${RULES[colorScheme]})`);
    for (const { id, nodes } of result.violations) {
      const where = nodes.map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`);
      found.push(`${colorScheme} ${new URL(page.url()).pathname} ${id} ${where.join("; ")}`);
    }
  }
  return found;
}
