/** A real Chromium for tests of the page, and pages that hold the page to its promises. */
import { type Browser, chromium, type Page } from "playwright-core";
import { CHROMIUM_FLAGS, findChromium as findInstalled } from "../../support/chromium.ts";

/** Null where there is none; says so loudly, and with CI=true that is an error. */
export function findChromium(): string | null {
  const path = findInstalled();
  if (path !== null) return path;
  const message = "no Chromium found (CHROMIUM_PATH=…): the page is NOT tested in a browser";
  if (process.env.CI === "true") throw new Error(message);
  console.error(`!!! ${message}`);
  return null;
}

export function launchChromium(executablePath: string): Promise<Browser> {
  // Lets a test ask for what is really still held.
  const args = [...CHROMIUM_FLAGS, "--js-flags=--expose-gc"];
  return chromium.launch({ executablePath, args });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors, CSP violations, failed requests and requests to anywhere else. */
  readonly complaints: string[];
}

export interface PageOptions {
  readonly javaScriptEnabled?: boolean;
  readonly colorScheme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly timezoneId?: string;
  readonly hasTouch?: boolean;
  readonly isMobile?: boolean;
}

/** A page in a context of its own, in Berlin, that writes down everything that goes wrong. */
export async function watchedPage(
  browser: Browser,
  origin: string,
  options: PageOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    timezoneId: "Europe/Berlin",
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  // Below the tests' own time-out: what was waited for then stands in the error.
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() !== "log") complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`)) complaints.push(`request: ${request.url()}`);
  });
  return { page, complaints };
}
