/** What a page has loaded of script and style once nothing more comes: by path, bytes as coded. */
import type { Page } from "playwright-core";

/** So long nothing must have come. */
const STILL_MS = 1_500;

/**
 * All of it: also what comes after the page is live, and the shared worker's script, which is
 * fetched beside the page, out of its sight.
 */
export async function loadedFiles(page: Page, url: string): Promise<Map<string, number>> {
  const files = new Map<string, number>(await page.evaluate(filesWhenStill, STILL_MS));
  const worker = await page.evaluate(() => document.documentElement.dataset["worker"]);
  if (worker === undefined) {
    throw new Error("Cannot tell what was loaded: the page names no worker");
  }
  const beside = await fetch(url + worker, {
    headers: { "accept-encoding": "br" },
    decompress: false,
  } as RequestInit);
  return files.set(worker, (await beside.bytes()).length);
}

/** Runs in the page. */
async function filesWhenStill(stillMs: number): Promise<[path: string, bytes: number][]> {
  const found = () =>
    performance.getEntriesByType("resource").filter((each) =>
      /assets.*\.(js|css)$/.test(each.name)
    ) as PerformanceResourceTiming[];
  const newestMs = () => Math.max(0, ...found().map((each) => each.responseEnd));
  while (performance.now() - newestMs() < stillMs) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return found().map((each) => [new URL(each.name).pathname, each.encodedBodySize]);
}
