/** Runs before the first paint, so that a chosen theme does not come after another one. */
import { browserStore, readPreferences } from "../src/browser/preferences.ts";
import { applyTheme } from "../src/browser/theme.ts";

applyTheme(readPreferences(browserStore()).taste.theme);
