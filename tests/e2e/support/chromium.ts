/** A real Chromium for tests of the page, and pages that hold the page to its promises. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const CANDIDATES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Lets a test ask for what is really still held.
  "--js-flags=--expose-gc",
];

/** Null where there is none; says so loudly, and with CI=true that is an error. */
export function findChromium(): string | null {
  const path = CANDIDATES.find((each) => each !== undefined && existsSync(each)) ?? null;
  if (path !== null) return path;
  const message = "no Chromium found (CHROMIUM=…): the page is NOT tested in a browser";
  if (process.env.CI === "true") throw new Error(message);
  console.error(`!!! ${message}`);
  return null;
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
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
