/** The files that a panel's menu gives. */
import { expect } from "bun:test";
import type { Download, Page } from "playwright-core";

/** @param panel selects it */
export async function exported(page: Page, panel: string, format: string) {
  const menu = page.locator(`${panel} .export`);
  await menu.locator("summary").click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    menu.getByRole("button", { name: format, exact: true }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: await bytesOf(download) };
}

export function expectPicture(bytes: Uint8Array): void {
  expect(new TextDecoder("latin1").decode(bytes.subarray(1, 4))).toBe("PNG");
  expect(bytes.length).toBeGreaterThan(5_000);
}

export async function bytesOf(download: Download): Promise<Uint8Array> {
  return await Bun.file(await download.path()).bytes();
}
