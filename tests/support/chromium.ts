/** Finds the Chromium that page tests drive: CHROMIUM_PATH, or a browser on PATH, or macOS's. */
import { existsSync } from "node:fs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** Path of an executable browser, or null. */
export function findChromium(): string | null {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") return existsSync(named) ? named : null;
  for (const name of NAMES) {
    const found = Bun.which(name);
    if (found !== null) return found;
  }
  return existsSync(MACOS) ? MACOS : null;
}

/** Headless, without sandbox (CI runs as root), and without the browser's own network chatter. */
export const CHROMIUM_FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
