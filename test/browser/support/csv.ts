import type { Page } from "playwright-core";

/** What the browser would save as a file when the orders screen's link is followed. */
export async function downloadedCsv(page: Page): Promise<string> {
  const saving = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CSV" }).click();
  const stream = await (await saving).createReadStream();
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}
